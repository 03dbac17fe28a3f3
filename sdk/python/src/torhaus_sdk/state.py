"""What the client keeps, in one file that is always whole: written beside, flushed, then put in place.

Several threads and processes may share it; each change is made under a lock on what is on the disk now. If the
file cannot be read or written, all goes on in memory and ``warnings`` says so: nothing is raised from here.
There is no secret on a machine its owner cannot read, so nothing here is believed: signed statements inside are
verified again whenever they are read, and the rest is for showing.
"""

import contextlib
import copy
import errno
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torhaus_sdk.errors import StateUnreadable
from torhaus_sdk.locks import ThreadLock, locked
from torhaus_sdk.refusals import Malformed
from torhaus_sdk.strict_json import json_object

FORMAT = 1
LARGEST = 8_000_000
State = dict[str, Any]
Signature = tuple[int, int, int]

_EMPTY: State = {
    "format": FORMAT,
    "token": "",
    "installation": "",
    "installation_name": "",
    "installation_version": "",
    "answer": "",
    "files": [],
    "mode": "none",
    "listed": [],
    "listed_at": 0,
    "add_ons": [],
    "checked": {},
    "away": {},
    "mark": 0,
    "keys": [],
    "keys_at": 0,
    "machine": "",
    "refused": "",
    "revoked": [],
    "revoked_at": 0,
    "sequences": {},
    "usage": [],
    "usage_dropped": 0,
}


def empty() -> State:
    """Give the state before anything was saved."""
    return copy.deepcopy(_EMPTY)


def read_state(data: bytes) -> State:
    """Read a state file. Members of another type than they must have are as if they were not there.

    Raises:
        StateUnreadable: ``state_damaged`` or ``state_newer``.
    """
    try:
        found = json_object(data, of="the licence state")
    except Malformed:
        raise StateUnreadable("state_damaged") from None
    version = found.get("format")
    if type(version) is not int or version < 1:
        raise StateUnreadable("state_damaged")
    if version > FORMAT:
        raise StateUnreadable("state_newer")
    base = empty()
    return found | {name: _kept(found.get(name), value) for name, value in base.items()}


def _kept(value: Any, initial: Any) -> Any:
    if type(value) is not type(initial):
        return initial
    if isinstance(initial, int) and not 0 <= value < 2**53:
        return initial
    if isinstance(initial, list):
        return [one for one in value if isinstance(one, str | dict)]
    return value


def written_state(state: State) -> bytes:
    """Give a state as the bytes of its file."""
    return (json.dumps(state, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def fitting(state: State) -> State:
    """Give a state that can be read again: where it is too large, with fewer of the rows that are only shown."""
    fits = state
    while len(written_state(fits)) >= LARGEST and (fits["listed"] or fits["add_ons"]):
        fits = fits | {name: fits[name][: len(fits[name]) // 2] for name in ("listed", "add_ons")}
    return fits


class StateFile:
    """The state, read again when the file changed; ``path`` None keeps it in memory only."""

    def __init__(self, path: Path | None, *, patience: float = 2.0) -> None:
        self._path = None if path is None else Path(os.path.realpath(path))
        self._patience = patience
        self._changing = ThreadLock()  # held while a change waits for the file and writes it
        self._mutex = ThreadLock()  # held for moments only, so that reading never waits for the disk's lock
        self._writer = 0
        self._state = empty()
        self._seen: Signature | None = None
        self._unsaved = False
        self._warnings: dict[str, StateUnreadable] = {}

    @property
    def warnings(self) -> tuple[StateUnreadable, ...]:
        """What is wrong with the file, as errors that were not raised."""
        return tuple(self._warnings.values())

    def read(self) -> State:
        """Give the state as it is now. It must not be changed; see :meth:`change`."""
        with self._mutex:
            if self._path is not None and not self._unsaved and self._writer != os.getpid():
                signature = _signature(self._path)
                if signature != self._seen or (signature is None and "state_unreadable" in self._warnings):
                    self._load(self._path)
            return self._state

    def change(self, edit: Callable[[State], None], *, wait: bool = True) -> bool:
        """Change the state by ``edit``, which may be called again; gives whether it was written down.

        Without ``wait`` nothing is changed while another thread or process changes the file.
        """
        if not self._changing.take(wait=wait):
            return False
        try:
            return self._changed(edit, wait=wait)
        finally:
            self._changing.give_back()

    def _changed(self, edit: Callable[[State], None], *, wait: bool) -> bool:
        path = self._path
        if path is None:
            self._edit(edit)
            return True
        with contextlib.ExitStack() as stack:
            try:
                if not path.parent.is_dir():
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock = path.with_name(path.name + ".lock")
                stack.enter_context(locked(lock, self._patience if wait else 0.0))
            except OSError as error:
                if wait or not isinstance(error, TimeoutError):
                    self._unsaved = True  # before the edit: reading must not undo it
                    self._edit(edit)
                    self._warn("state_unwritable", error)
                return False
            try:
                with self._mutex:
                    if not self._unsaved:  # what could not be written must not be lost by reading
                        self._load(path)
                    self._edit(edit)
                    self._writer = os.getpid()
                return self._write(path)
            finally:
                self._writer = 0

    def _edit(self, edit: Callable[[State], None]) -> None:
        with self._mutex:
            state = copy.deepcopy(self._state)
            edit(state)
            self._state = state

    def _load(self, path: Path) -> None:
        signature = _signature(path)
        try:
            with path.open("rb") as file:
                self._state = read_state(file.read(LARGEST))
            self._forgive("state_unreadable")
        except FileNotFoundError:
            self._state = empty()
            self._forgive("state_unreadable")
        except OSError as error:
            self._warn("state_unreadable", error)
        except StateUnreadable as error:
            self._state = empty()
            self._warn(error.code)
            if error.code == "state_damaged":
                with contextlib.suppress(OSError):
                    path.replace(path.with_name(path.name + ".damaged"))
        self._seen = signature

    def _write(self, path: Path) -> bool:
        if {"state_newer", "state_unreadable"} & set(self._warnings):
            self._unsaved = True
            return False
        try:
            self._state = fitting(self._state)
            _put(path, written_state(self._state))
        except OSError as error:
            self._unsaved = True
            self._warn("state_unwritable", error)
            return False
        with self._mutex:
            self._unsaved = False
            self._seen = _signature(path)
            self._forgive("state_unwritable")
        return True

    def _warn(self, code: str, _error: OSError | None = None) -> None:
        self._warnings[code] = StateUnreadable(code, path=str(self._path))

    def _forgive(self, code: str) -> None:
        self._warnings.pop(code, None)


def _signature(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _put(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path`` (mode 0600), flush it to the disk, and put it in place at once.

    Raises:
        OSError: the disk refused it, or it is too large to be read again.
    """
    if len(data) >= LARGEST:
        raise OSError(errno.EFBIG, "too large to be read again")
    descriptor, name = tempfile.mkstemp(prefix=path.name + ".", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    with contextlib.suppress(OSError):  # not every system flushes folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
