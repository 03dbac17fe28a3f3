"""Processes beside ``torhaus serve``: children, started again when they die, stopped with the server."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from torhaus.console.words import say

LONGEST_PAUSE = 60


def end_with_parent() -> None:
    """Let this process end when its parent does, even one that was killed and could not say so."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


class Beside:
    """Keeps one ``torhaus WORDS`` running from :meth:`start` to :meth:`stop`; ``name`` is what the log calls it."""

    def __init__(self, name: str, words: Sequence[str], *, grace: float) -> None:
        self.name, self.words, self.grace = name, words, grace
        self._ended = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._supervise, name=words[0], daemon=True)

    def start(self) -> None:
        """Start it and watch it."""
        self._thread.start()

    def stop(self) -> None:
        """Tell it to stop, and kill it if it does not."""
        self._ended.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(self.grace + 1)
            except subprocess.TimeoutExpired:
                child.kill()
        self._thread.join(5)

    def _supervise(self) -> None:
        pause = 1
        while not self._ended.is_set():
            started = time.monotonic()
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "torhaus.console.main", *self.words],
                stdin=subprocess.DEVNULL,
                # Spawned, not forked: a server process that is forked at the same moment would inherit the
                # pipe by which a fork tells its end, and this thread would wait for it for ever.
                close_fds=False,
            )
            if self._ended.is_set():
                self._child.terminate()
            code = self._child.wait()
            # What dies at once is not started in a tight loop.
            pause = 1 if time.monotonic() - started > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            if not self._ended.wait(pause):
                say(f"{self.name} ended with code {code}; starting it again")
