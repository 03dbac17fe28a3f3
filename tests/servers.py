"""Installations of their own for tests that need committed data and real processes.

``installation()`` gives a migrated, empty one; ``serving()`` one with ``torhaus serve`` running on it.
Both are on the database engine of the test run, unless told otherwise.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests import postgres, warm

ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-tests-" + "0123456789" * 5
START_SECONDS = 90  # a busy machine may need a while
TEMPLATES_IN = "TORHAUS_TEST_TEMPLATES"


@dataclass
class Installation:
    """A data folder with its database, and the environment that leads commands to it."""

    data_dir: Path
    env: dict[str, str]
    port: int
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it answers once it is served."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sends_files(self) -> bool:
        """Whether `torhaus serve` keeps a process beside it that sends files."""
        elsewhere = {self.env.get("TORHAUS_FILES_IN", "disk"), self.env.get("TORHAUS_SEND_FILES", "own")}
        return elsewhere == {"disk", "own"}

    @property
    def files_url(self) -> str:
        """Where the process beside it sends files."""
        return f"http://127.0.0.1:{self.env['TORHAUS_FILES_PORT']}"

    def torhaus(self, *words: str, check: bool = True, stdin: str = "", timeout: float = 120):
        """Run the command ``torhaus`` there; gives the finished process with its output as text."""
        return self._run(["-m", "torhaus.console.main", *words], check, stdin, timeout)

    def python(self, code: str, *, check: bool = True, timeout: float = 120) -> str:
        """Run Python there, with Django set up and ``people`` imported; gives what it printed.

        Committed rows for a test: ``here.python("print(people.token(people.contract(people.customer())))")``.
        """
        start = "import django; django.setup()\nfrom django_scopes import scopes_disabled\nfrom tests import people\n"
        script = start + textwrap.dedent(code)
        return self._run(["-c", script], check, "", timeout).stdout

    def start(self, *words: str, log: str = "log.txt") -> subprocess.Popen:
        """Start ``torhaus WORDS`` there and leave it running; it is killed when the installation goes."""
        with (self.data_dir / log).open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "torhaus.console.main", *words],
                env=self.env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its children die with its group
            )
        self.processes.append(process)
        return process

    def serve(self) -> subprocess.Popen:
        """Start the server and wait until it answers."""
        process = self.start("serve")
        self.wait_until_it_answers(process)
        return process

    def wait_until_it_answers(self, process: subprocess.Popen) -> None:
        """Wait for the first answer, whatever its status."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if process.poll() is not None:
                raise AssertionError(f"ended with code {process.returncode}:\n{self.log()}")
            with contextlib.suppress(OSError):
                if _answers(self.url + "/") and (not self.sends_files or _answers(self.files_url + "/")):
                    return
            time.sleep(0.05)
        raise AssertionError(f"no answer within {START_SECONDS} s:\n{self.log()}")

    def log(self, name: str = "log.txt") -> str:
        """Give what its processes have written."""
        path = self.data_dir / name
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def close(self) -> None:
        """Stop what runs, gently, then at once."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _run(self, command: list[str], check: bool, stdin: str, timeout: float):
        done = warm.run(command, env=self.env, cwd=ROOT, stdin=stdin, timeout=timeout)
        assert not check or done.returncode == 0, f"{command[-1]}: code {done.returncode}\n{done.stdout}{done.stderr}"
        return done


@contextlib.contextmanager
def installation(*, database: str = "", migrated: bool = True, **settings: str) -> Iterator[Installation]:
    """Give an installation with settings such as ``workers="1"``; ``database``: sqlite or postgresql."""
    engine = database or ("postgresql" if os.environ.get("TORHAUS_DATABASE_URL") else "sqlite")
    here = _fresh(engine, settings)
    try:
        _copy_template(here, engine, migrated=migrated)
        yield here
    finally:
        here.close()
        if url := here.env.get("TORHAUS_DATABASE_URL"):
            postgres.drop_database(url)
        shutil.rmtree(here.data_dir, ignore_errors=True)


@contextlib.contextmanager
def serving(*, database: str = "", **settings: str) -> Iterator[Installation]:
    """Give an installation that is being served; its background worker runs only if asked for."""
    with installation(database=database, **settings) as here:
        here.serve()
        yield here


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    return True


def free_port() -> int:
    """Give a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _fresh(engine: str, settings: dict[str, str], url: str = "") -> Installation:
    data = Path(tempfile.mkdtemp(prefix="torhaus-server-"))
    port = free_port()
    env = {key: value for key, value in os.environ.items() if not key.startswith("TORHAUS_")}
    env |= {
        "DJANGO_SETTINGS_MODULE": "torhaus.config.settings",
        # A copy of the tree runs its own code, not what is installed here.
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in (".", "src", "sdk/python/src")),
        "TORHAUS_DATA_DIR": str(data),
        "TORHAUS_CONFIG": str(data / "torhaus.toml"),
        "TORHAUS_SECRET_KEY": SECRET_KEY,
        "TORHAUS_PORT": str(port),
        "TORHAUS_FILES_PORT": str(free_port()),
        "TORHAUS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TORHAUS_EMBEDDED_WORKER": "false",
    } | {f"TORHAUS_{name.upper()}": value for name, value in settings.items()}
    (data / "torhaus.toml").touch()
    if engine == "postgresql":
        env["TORHAUS_DATABASE_URL"] = url or postgres.new_database()
    return Installation(data, env, port)


def _copy_template(here: Installation, engine: str, *, migrated: bool) -> None:
    # What is built from the package is the same everywhere; even an empty installation need not build it.
    found = template(engine)
    for path in found.folder.iterdir():
        target = here.data_dir / path.name
        if path.is_dir():
            shutil.copytree(path, target)
        elif migrated or not path.name.startswith("torhaus.sqlite3"):
            shutil.copy2(path, target)
    if engine == "postgresql" and migrated:
        postgres.drop_database(here.env["TORHAUS_DATABASE_URL"])
        here.env["TORHAUS_DATABASE_URL"] = postgres.new_database(found.database)


class Template(NamedTuple):
    """What every installation starts as a copy of; ``database`` is the name of one on PostgreSQL."""

    folder: Path
    database: str


@contextlib.contextmanager
def shared_templates() -> Iterator[dict[str, str]]:
    """Give the environment in which processes make a template once for all of them."""
    if known := os.environ.get(TEMPLATES_IN):
        yield {TEMPLATES_IN: known}
        return
    with tempfile.TemporaryDirectory(prefix="torhaus-templates-") as folder:
        yield {TEMPLATES_IN: folder}


@cache
def template(engine: str) -> Template:
    """Migrate and build the static files once, by whichever process comes first."""
    if not (shared := os.environ.get(TEMPLATES_IN)):
        made = _make_template(engine)
        owner = os.getpid()
        atexit.register(lambda: os.getpid() == owner and shutil.rmtree(made.folder, ignore_errors=True))
        return made
    place = Path(shared) / engine
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        name = place.with_suffix(".database")
        if not name.exists():
            made = _make_template(engine)
            shutil.move(made.folder, place)
            name.write_text(made.database)
        return Template(place, name.read_text())


def _make_template(engine: str) -> Template:
    here = _fresh(engine, {})
    here.python("from torhaus.console.ground import lay_ground; lay_ground()")
    # The last connection to close writes SQLite's log into the file, so the copy is one file.
    return Template(here.data_dir, postgres.name_of(here.env.get("TORHAUS_DATABASE_URL", "")))
