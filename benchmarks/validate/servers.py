"""Start each way as real server processes: the same server, the same number of processes, a port each."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.validate import machine

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "bench.txt"
FOLDER = ROOT / ".venv-bench"
START_SECONDS = 60
BESIDE = "send-files"


@dataclass
class Way:
    """A way to answer, and the processes that do it.

    ``ours`` runs in our environment, others in that of the bench. ``served`` is a module that serves by itself, with as
    many threads as it is shipped with.
    """

    name: str
    target: str
    interface: str = "wsgi"
    threads: int = 2
    ours: bool = False
    served: bool = False
    env: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen | None = None

    def start(self, workers: int, log: Path) -> None:
        """Start it and wait until it listens."""
        self.port = free_port()
        words = ["-m", self.target, str(self.port)] if self.served else self._granian(workers)
        python = sys.executable if self.ours else str(FOLDER / "bin" / "python")
        serving = {"TORHAUS_WORKERS": str(workers)} if self.served else {}
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [python, *words],
                cwd=ROOT,
                env=_environment() | self.env | serving,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait(log)

    def _granian(self, workers: int) -> list[str]:
        """Give the words that start the server itself with an application."""
        words = ["-m", "granian", "--interface", self.interface, "--host", "127.0.0.1", "--port", str(self.port)]
        words += ["--workers", str(workers), "--http", "1", "--no-ws", "--log-level", "warning"]
        if self.interface == "wsgi":
            words += ["--blocking-threads", str(self.threads), "--blocking-threads-idle-timeout", "600"]
        else:
            words += ["--loop", "uvloop"]
        return [*words, self.target]

    def _wait(self, log: Path) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit(f"{self.name} did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}")

    def pids(self) -> list[int]:
        """Give all its processes."""
        assert self.process
        return machine.tree(self.process.pid)

    def workers(self) -> list[int]:
        """Give those that answer: the children of the one that started them, without multiprocessing's own.

        The process that sends files beside ours answers nothing here; its memory is its own matter.
        """
        return [pid for pid in self.pids()[1:] if not any(one in _command(pid) for one in ("resource_tracker", BESIDE))]

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # its own group: only what it started
        self.process.wait()


@contextmanager
def running(ways: list[Way], workers: int, log: Path):
    """Run all of them side by side."""
    try:
        for way in ways:
            way.start(workers, log)
        yield ways
    finally:
        for way in ways:
            way.stop()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
    except OSError:
        return "resource_tracker"


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TORHAUS_", "BENCH_"))}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ensure_environment() -> str:
    """Make the environment of the other ways from its lock, unless it is there; say what happened."""
    stamp, wanted = FOLDER / ".ready", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text("ascii") == wanted:
        return "environment of the other ways: there"
    started = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    base = getattr(sys, "_base_executable", None) or sys.executable
    subprocess.run([base, "-m", "venv", str(FOLDER)], check=True)
    pip = [str(FOLDER / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    subprocess.run(
        [*pip, "install", "--no-compile", "--require-hashes", "--only-binary=:all:", "-r", str(LOCK)], check=True
    )
    stamp.write_text(wanted, "ascii")
    return f"environment of the other ways: made in {time.monotonic() - started:.0f} s from {LOCK.name}"
