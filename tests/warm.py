"""Processes that begin with the libraries loaded: half of what a command of the tests takes is loading these.

``run()`` is ``subprocess.run()`` for Python of this environment. Such a process is forked from one that has loaded
libraries, and nothing of this project: it has its own environment, folder, input and output, loads the portal and its
settings by itself, and ends as an interpreter does. What a test kills, or leaves running, is started as usual.

This file is the first process, too: ``python tests/warm.py FD`` takes what is to be run from a socket.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

LIBRARIES = [
    "argon2",
    "asyncio",
    "attr",
    "babel.dates",
    "babel.numbers",
    "cryptography.fernet",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.serialization",
    "django.contrib.admin.options",
    "django.contrib.messages.middleware",
    "django.contrib.postgres.operations",
    "django.contrib.sessions.middleware",
    "django.contrib.staticfiles.management.commands.collectstatic",
    "django.core.handlers.wsgi",
    "django.core.management",
    "django.core.management.commands.migrate",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.autodetector",
    "django.db.migrations.executor",
    "django.db.models",
    "django.db.models.functions",
    "django.forms",
    "django.middleware.csrf",
    "django.template.backends.django",
    "django.template.loader",
    "django.test",
    "django.urls",
    "django.views.debug",
    "django_filters",
    "django_htmx.middleware",
    "django_scopes",
    "django_tasks",
    "django_tasks_db.backend",
    "email.headerregistry",
    "email.mime.multipart",
    "granian.server",
    "html.parser",
    "http.client",
    "logging.config",
    "markdown_it",
    "multiprocessing.pool",
    "nh3",
    "psycopg",
    "pydantic",
    "rich.markdown",
    "rich.table",
    "rich.traceback",
    "smtplib",
    "sqlparse",
    "tomllib",
    "typer",
    "typer.main",
    "typer.rich_utils",
    "typer.testing",
    "xml.etree.ElementTree",
    "yaml",
    "zipfile",
]
LARGEST = 150_000  # bytes of what is to be run, which a socket takes at once
_ONE_AT_A_TIME = threading.Lock()


def run(
    arguments: Sequence[str], *, env: dict[str, str], cwd: Path, timeout: float, stdin: str = "", together: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run ``-m MODULE WORDS`` or ``-c CODE WORDS`` to the end, and give it with its output and errors as text.

    ``together``: what it says of errors stands where it was said in the output.

    Raises:
        TimeoutExpired: it was killed, because it took longer than ``timeout`` (seconds).
    """
    job = json.dumps({"arguments": list(arguments), "env": env, "cwd": str(cwd)}).encode()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        given.write(stdin.encode())
        given.seek(0)
        if len(job) > LARGEST or not _fits(env):
            return subprocess.run(
                [sys.executable, *arguments],
                env=env,
                cwd=cwd,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if together else subprocess.PIPE,
                text=True,
                timeout=timeout,
                check=False,
            )
        told, tells = os.pipe()
        try:
            files = [given.fileno(), output.fileno(), (output if together else errors).fileno(), tells]
            with _ONE_AT_A_TIME:
                socket.send_fds(_first(), [job], files)
        finally:
            os.close(tells)
        with os.fdopen(told, "rb", buffering=0) as how:
            code = _code(how, arguments, timeout)
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, code, _text(output), _text(errors))


def _fits(env: dict[str, str]) -> bool:
    """Whether nothing asks for an interpreter that is set up in another way."""
    names = {name for name in env if name.startswith(("PYTHON", "LC_", "LANG"))} - {"PYTHONPATH", "PYTHONUNBUFFERED"}
    return all(env[name] == os.environ.get(name) for name in names)


def _text(file) -> str:
    return file.read().decode().replace("\r\n", "\n")


def _code(how, arguments: Sequence[str], timeout: float) -> int:
    """Wait for the two lines of the one who waits for the process: its number, and how it ended."""
    end = time.monotonic() + timeout
    lines = b""
    while lines.count(b"\n") < 2:
        ready, _, _ = select.select([how], [], [], max(0, end - time.monotonic()))
        if not ready:
            if lines:
                os.kill(int(lines), signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        more = how.read(64)
        assert more, "the process that begins others is gone"
        lines += more
    return int(lines.split()[1])


@functools.cache
def _first() -> socket.socket:
    """Start the first process, which ends with this one."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("TORHAUS_", "DJANGO_", "PYTHONPATH"))}
    # What is said stands where it was said, and is not lost with a process that is killed.
    env["PYTHONUNBUFFERED"] = "1"
    process = subprocess.Popen(
        [sys.executable, __file__, str(its.fileno())],
        pass_fds=[its.fileno()],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    its.close()

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours


def _begin(fd: int) -> dict[str, object]:
    """Load the libraries, and fork a process for each job that comes; give the job in the process that is to do it."""
    for name in LIBRARIES:
        importlib.import_module(name)
    assert not [name for name in sys.modules if name.startswith("torhaus")]
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    jobs = socket.socket(fileno=fd)
    while True:
        said, files, _, _ = socket.recv_fds(jobs, LARGEST, 4)
        if not said:
            sys.exit(0)
        if os.fork():
            for file in files:
                os.close(file)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        jobs.close()
        tells = files.pop()
        if pid := os.fork():
            _tell_how_it_ended(pid, tells)
        os.close(tells)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        return json.loads(said)


def _tell_how_it_ended(pid: int, tells: int) -> None:
    os.write(tells, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):  # nobody waits any longer
        os.write(tells, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _do(job) -> None:
    """Do what an interpreter does with these arguments."""
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    os.chdir(job["cwd"])
    kind, what, *words = job["arguments"]
    sys.path[0] = job["cwd"] if kind == "-m" else ""
    sys.path[1:1] = [part for part in job["env"].get("PYTHONPATH", "").split(os.pathsep) if part]
    sys.argv = ["-c" if kind == "-c" else what, *words]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        main = {"__name__": "__main__", "__builtins__": __builtins__}
        exec(compile(what, "<string>", "exec"), main)


if __name__ == "__main__":
    _do(_begin(int(sys.argv[1])))
