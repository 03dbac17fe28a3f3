"""When installations were last seen and tokens last used: noted in memory, written together now and then.

No row is written per call. What a killed process has not written yet is lost, at most the interval's worth; a process
that is told to stop writes it. Nothing that somebody else must not have (a lease, a place) goes this way.
"""

import atexit
import logging
import os
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.util import Finalize

from django.conf import settings
from django.db import Error, connection

from torhaus.licensing.adapters.seen_rows import SLOT, write_seen

# So many installations are written before the interval is over. While the database cannot be written
# they are kept, up to a bound; beyond it new ones are not noted.
WRITE_AT = 5_000
KEPT_AT_MOST = 20_000
LAST_TRIES = 30
_log = logging.getLogger(__name__)


@dataclass
class Seen:
    """What was noted: calls by installation and slot (count, first, last), and the last use by token.

    Which of the vendor's days a slot is on is worked out when it is written: the vendor is not asked with each call.
    """

    slots: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    tokens: dict[int, int] = field(default_factory=dict)

    def note(self, installation_id: int | None, token_id: int | None, now: int) -> None:
        """Note a call at ``now`` (seconds since 1970)."""
        if token_id is not None and (len(self.tokens) < KEPT_AT_MOST or token_id in self.tokens):
            self.tokens[token_id] = max(now, self.tokens.get(token_id, 0))
        if installation_id is not None:
            self.add(installation_id, now // SLOT, 1, now, now)

    def add(self, installation_id: int, slot: int, calls: int, first: int, last: int) -> None:
        """Add calls of an installation in a slot (quarters of an hour since 1970)."""
        key = (installation_id, slot)
        kept = self.slots.get(key)
        if kept is not None:
            kept[0] += calls
            kept[1] = min(kept[1], first)
            kept[2] = max(kept[2], last)
        elif len(self.slots) < KEPT_AT_MOST:
            self.slots[key] = [calls, first, last]

    def take_back(self, other: "Seen") -> None:
        """Add what could not be written."""
        for (installation_id, slot), (calls, first, last) in other.slots.items():
            self.add(installation_id, slot, calls, first, last)
        for token_id, at in other.tokens.items():
            self.note(None, token_id, at)

    def __bool__(self) -> bool:
        return bool(self.slots or self.tokens)


class SeenBuffer:
    """The notes of this process, and the thread that writes them."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._started = False

    def note(self, installation_id: int | None, token_id: int | None, now: int) -> None:
        """Note at ``now`` that an installation that runs asked, and that a token was used; None where not."""
        with self._lock:
            self._seen.note(installation_id, token_id, now)
            full = len(self._seen.slots) >= WRITE_AT
        if full:
            self._wake.set()

    def keep_writing(self) -> None:
        """Let a thread of this process write every so often, and once more at its end. Asked again it does nothing."""
        if not self._started:  # looked at with every request; the lock is for the first ones
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._started:
                return
            self._started = True
        threading.Thread(target=self._run, name="last seen", daemon=True).start()
        # A process of the server ends past atexit, one of its children's module's own list; others by atexit.
        Finalize(self, self.write_last, exitpriority=10)
        atexit.register(self.write_last)

    def write(self) -> bool:
        """Write what was noted; whether all of it is written. What is not stays noted."""
        with self._writing:
            with self._lock:
                taken, self._seen = self._seen, Seen()
            if not taken:
                return True
            try:
                left = write_seen(taken.slots, taken.tokens)
            except Error as error:
                _log.warning("last seen was not written: %s", error)
                left = (taken.slots, taken.tokens)
            if left[0] or left[1]:
                with self._lock:
                    self._seen.take_back(Seen(*left))
                return False
            return True

    def write_last(self) -> None:
        """Write at the end of the process; rows that another process holds, which may end as well, are waited for."""
        for _ in range(LAST_TRIES):
            if self.write():
                return
            time.sleep(0.1)

    def forget(self) -> None:
        """Drop what was noted."""
        with self._lock:
            self._seen = Seen()

    def _run(self) -> None:
        while True:
            early = self._wake.wait(settings.OPTIONS.seen_flush_seconds)
            self._wake.clear()
            try:
                if not self.write() and early:
                    time.sleep(1)  # a database that cannot be written is not asked all the time
            except Exception:  # noqa: BLE001 - the thread must outlive whatever it meets
                _log.exception("last seen was not written")
            finally:
                connection.close()

    def after_fork(self) -> None:
        """Begin anew in a new process: notes, locks and thread belong to the one before."""
        self.__init__()  # type: ignore[misc]  # there is no other place where they are made


SEEN = SeenBuffer()
os.register_at_fork(after_in_child=SEEN.after_fork)
