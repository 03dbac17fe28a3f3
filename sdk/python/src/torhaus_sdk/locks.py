"""Locks that hang nobody up: between processes with a time limit, between threads free again in a child of ``fork``."""

import contextlib
import os
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _free(descriptor: int) -> None:
        """Closing the file does it."""

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _free(descriptor: int) -> None:
        # A child that was forked while the file was being opened has a copy that nobody knows of, and would hold on to
        # the lock by it until it ends.
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextlib.contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock at ``path`` (mode 0600). A process that ends frees it.

    Raises:
        OSError: the file cannot be opened, or somebody else held it for ``patience`` seconds (TimeoutError).
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        end = time.monotonic() + patience
        pause = 0.001
        _held.add(descriptor)
        while True:
            try:
                _take(descriptor)
                break
            except OSError:
                if time.monotonic() > end:
                    raise TimeoutError(f"{path} is locked") from None
            time.sleep(pause)
            pause = min(pause * 2, 0.02)
        yield
    finally:
        if descriptor in _held:  # not in a child of fork, which has closed it already
            _held.discard(descriptor)
            _free(descriptor)
            os.close(descriptor)


class ThreadLock:
    """A lock between threads, which one thread may take again. In a child of ``fork`` nobody holds it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _locks.add(self)

    def take(self, *, wait: bool = True) -> bool:
        """Take it; without ``wait`` only if it is free. Gives whether it was taken."""
        return self._lock.acquire(blocking=wait)

    def give_back(self) -> None:
        """Let others have it."""
        self._lock.release()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Forget who holds it: the thread that did is not in this process."""
        self._lock = threading.RLock()


_held: set[int] = set()
_locks: "weakref.WeakSet[ThreadLock]" = weakref.WeakSet()


def _after_fork() -> None:
    """A child must not keep its parent's lock alive by an open copy of it, nor wait for a thread it has not got."""
    for descriptor in list(_held):
        os.close(descriptor)
    _held.clear()
    for lock in list(_locks):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
