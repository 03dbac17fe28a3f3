"""When the next heartbeat is due, and the thread that gives it.

The thread is a daemon: it never keeps the host product from ending. A child of ``fork`` has no thread; it may start
one of its own. Whatever happens in a beat, the thread goes on; the state says what was wrong.
"""

import logging
import os
import secrets
import threading
from collections.abc import Callable

from torhaus_sdk.core import Core
from torhaus_sdk.errors import LicenceError, ServerUnreachable
from torhaus_sdk.standing import Standing
from torhaus_sdk.status import CheckResult

SHORTEST, LONGEST = 30.0, 86_400.0
FIRST_RETRY, LONGEST_RETRY = 60.0, 3_600.0
_log = logging.getLogger("torhaus_sdk")
Beat = Callable[[], CheckResult]
Told = Callable[[CheckResult | LicenceError], None]


class Rhythm:
    """How long to wait: until the next check is due, a third of a lease, or longer and longer while it fails."""

    def __init__(self, core: Core, interval: float | None) -> None:
        if interval is not None and interval < 1:
            raise ValueError("interval must be at least one second")
        self._core = core
        self._interval = interval
        self._failures = 0

    def after(self, outcome: CheckResult | LicenceError) -> float:
        """Give the seconds to wait after ``outcome``, scattered a little so that products do not call at once."""
        if isinstance(outcome, LicenceError):
            return self._retry(outcome)
        self._failures = 0
        wait = self._due(self._core.standing()) if self._interval is None else self._interval
        return wait * _lot(0.9, 1.0)

    def _retry(self, error: LicenceError) -> float:
        wait: float = min(FIRST_RETRY * float(2**self._failures), LONGEST_RETRY)
        if self._interval is not None:
            wait = min(wait, max(self._interval, 1.0))
        self._failures = min(self._failures + 1, 10)
        wait *= _lot(0.5, 1.0)
        if isinstance(error, ServerUnreachable) and error.retry_after:
            return error.retry_after + wait * 0.1
        return wait

    def _due(self, standing: Standing) -> float:
        answer = standing.answer
        if answer is None:
            return FIRST_RETRY
        now = self._core.now()
        waits = [LONGEST]
        if answer.next_check_at is not None:
            waits.append((answer.next_check_at - now).total_seconds())
        if answer.lease_until is not None:
            waits.append((answer.lease_until - now).total_seconds() / 3)
        return min(max(SHORTEST, min(waits)), LONGEST)


def _lot(least: float, most: float) -> float:
    return least + (most - least) * secrets.randbelow(1_000_001) / 1_000_000


class HeartbeatThread:
    """Beats until it is stopped. ``told`` hears each outcome; what it raises is logged and forgotten."""

    def __init__(self, beat: Beat, rhythm: Rhythm, told: Told | None) -> None:
        self._beat = beat
        self._rhythm = rhythm
        self._told = told
        self._stop = threading.Event()
        self._owner = os.getpid()
        self._thread = threading.Thread(target=self._run, name="torhaus-licence-heartbeat", daemon=True)

    def start(self) -> None:
        """Begin, with a beat at once. Where the system gives no thread, that is told; it may be started again."""
        try:
            self._thread.start()
        except RuntimeError as error:
            tell(self._told, unexpected(error))

    @property
    def running(self) -> bool:
        """Whether it beats, in this process."""
        return self._owner == os.getpid() and self._thread.is_alive() and not self._stop.is_set()

    def stop(self, patience: float) -> None:
        """End it; wait for a beat that is under way no longer than ``patience`` seconds."""
        if self._owner != os.getpid():
            return
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join(patience)

    def _run(self) -> None:
        wait = 0.0
        while not self._stop.wait(wait):
            wait = self._rhythm.after(self._once())

    def _once(self) -> CheckResult | LicenceError:
        try:
            outcome: CheckResult | LicenceError = self._beat()
        except LicenceError as error:
            outcome = error
        except Exception as error:  # noqa: BLE001 - a thread of ours must never die of it, nor trouble the host
            outcome = unexpected(error)
        tell(self._told, outcome)
        return outcome


def unexpected(error: Exception) -> LicenceError:
    """Give an error nobody expected as one of ours; only its type is logged, because it may hold anything."""
    _log.warning("the licence heartbeat failed unexpectedly (%s)", type(error).__name__)
    return LicenceError("unknown_code", code_name=type(error).__name__)


def tell(told: Told | None, outcome: CheckResult | LicenceError) -> None:
    """Tell the host, and let nothing it raises come back."""
    if told is None:
        return
    try:
        told(outcome)
    except Exception as error:  # noqa: BLE001 - the host's own function; the heartbeat must go on
        _log.warning("the function told of heartbeats failed (%s)", type(error).__name__)
