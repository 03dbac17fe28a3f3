"""The background worker beside ``torhaus serve``: a child process, started again when it dies."""

import os
import signal
import subprocess
import sys
import threading
import time

from torhaus.console.words import say
from torhaus.console.worker import worker

GRACE_SECONDS = 7
LONGEST_PAUSE = 60


def embedded_worker() -> None:
    """Work until told to stop, or until the server that started this process is gone."""
    end_with_parent()
    worker(once=False, threads=1, grace=GRACE_SECONDS)


def end_with_parent() -> None:
    """Let this process end when its parent does, even one that was killed and could not say so."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


class EmbeddedWorker:
    """Keeps one worker running from :meth:`start` to :meth:`stop`."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._supervise, name="embedded-worker", daemon=True)

    def start(self) -> None:
        """Start the worker and watch it."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the worker to stop, and kill it if it does not."""
        self._ended.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(GRACE_SECONDS + 1)
            except subprocess.TimeoutExpired:
                child.kill()
        self._thread.join(5)

    def _supervise(self) -> None:
        pause = 1
        while not self._ended.is_set():
            started = time.monotonic()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "torhaus.console.main", "embedded-worker"],
                stdin=subprocess.DEVNULL,
                # Spawned, not forked: a server process that is forked at the same moment would inherit the
                # pipe by which a fork tells its end, and this thread would wait for it for ever.
                close_fds=False,
            )
            if self._ended.is_set():
                self._child.terminate()
            code = self._child.wait()
            # A worker that dies at once is not started in a tight loop.
            pause = 1 if time.monotonic() - started > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            if not self._ended.wait(pause):
                say(f"the background worker ended with code {code}; starting it again")
