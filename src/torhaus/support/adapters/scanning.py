"""Asks a virus scanner, any command, about a file: exit code 0 is clean, 1 infected, any other means not now."""

import contextlib
import logging
import os
import shlex
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SECONDS = 60
SAID = 300
_log = logging.getLogger(__name__)


class Verdict(StrEnum):
    """What a scanner can say."""

    CLEAN = "clean"
    INFECTED = "infected"
    NOT_NOW = "not_now"


@dataclass(frozen=True)
class Scanned:
    """A scanner's verdict, and for an infected file what it said, on one line."""

    verdict: Verdict
    said: str = ""


def scan(path: Path, command: str, *, seconds: float = SECONDS) -> Scanned:
    """Ask ``command`` about the file at ``path``, whose path is its last argument. No shell reads it.

    A command that cannot be started, or takes longer than ``seconds``, is stopped with all it
    started, and means not now.
    """
    # Into a file: a scanner's child that lives on would keep a pipe open, and a flood would fill our memory.
    with tempfile.TemporaryFile() as out:
        try:
            code = _run([*shlex.split(command), str(path)], out.fileno(), seconds)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            _log.error("the virus check failed", extra={"event": {"error": f"{type(error).__name__}: {error}"[:SAID]}})
            return Scanned(Verdict.NOT_NOW)
        out.seek(0)
        said = " ".join(out.read(4 * SAID).decode("utf-8", "replace").replace(str(path), "").split())
    words = said.lstrip(": ")[:SAID]
    if code == 0:
        return Scanned(Verdict.CLEAN)
    if code == 1:
        return Scanned(Verdict.INFECTED, words)
    _log.error("the virus check gave no verdict", extra={"event": {"code": code, "said": words}})
    return Scanned(Verdict.NOT_NOW)


def _run(command: list[str], out: int, seconds: float) -> int:
    # A scanner needs none of the portal's settings, secrets among them.
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    process = subprocess.Popen(  # noqa: S603 - the operator's own command, split without a shell
        command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=env, start_new_session=True
    )
    try:
        return process.wait(seconds)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
