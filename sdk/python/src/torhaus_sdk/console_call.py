"""What all commands of ``torhaus-licence`` have: the client, what was said, how to answer, and the exit codes."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from torhaus_sdk.client import Client
from torhaus_sdk.console_options import Settings, WrongUsage
from torhaus_sdk.console_texts import told
from torhaus_sdk.errors import LicenceError, NotLicensed, ServerUnreachable
from torhaus_sdk.status import Warned


class Exit(IntEnum):
    """What the command ends with."""

    VALID = 0
    NOT_VALID = 1
    USAGE = 2
    GRACE = 3
    UNREACHABLE = 4
    REFUSED = 5
    UNSAVED = 6
    ABORTED = 130


class Aborted(Exception):
    """The administrator thought better of it; nothing was changed."""


@dataclass(frozen=True)
class Call:
    """One run of a command: the client, what was said, and how to answer."""

    client: Client
    said: argparse.Namespace
    settings: Settings

    @property
    def language(self) -> str:
        """In which language to answer."""
        return self.settings.language

    def answer(self, result: Any, lines: Iterable[str], code: int = Exit.VALID, warnings: Sequence[Warned] = ()) -> int:
        """Print a result and give the exit code: that given, or UNSAVED if something could not be written down."""
        if self.said.json:
            say(
                json.dumps(
                    result if isinstance(result, dict) else asdict(result),
                    default=json_value,
                    ensure_ascii=False,
                    indent=2,
                )
            )
        else:
            for line in lines:
                say(line)
            for warned in warnings:
                complain(f"{told('note', self.language)}{warned.message}")
        return Exit.UNSAVED if any(one.code == "state_unwritable" for one in warnings) else code

    def failed(self, error: LicenceError) -> int:
        """Print an error and give its exit code."""
        code = self._code_of(error)
        message = error.message(self.language)
        status = self.client.status()
        if self.said.json:
            say(
                json.dumps(
                    {"error": {"code": error.code, "message": message}, "exit": int(code)}, ensure_ascii=False, indent=2
                )
            )
            return code
        complain(f"{told('error', self.language)}{message}")
        more = {
            Exit.GRACE: (status.message, status.next_step),
            Exit.UNREACHABLE: (status.next_step,),
            Exit.REFUSED: (status.next_step,),
        }.get(code, ())
        for line in more:
            if line and line != message:
                complain(line)
        return code

    def _code_of(self, error: LicenceError) -> Exit:
        if isinstance(error, ServerUnreachable):
            return Exit.GRACE if self.client.status().valid else Exit.UNREACHABLE
        return Exit.NOT_VALID if isinstance(error, NotLicensed) else Exit.REFUSED

    def sure(self, question: str, **values: Any) -> None:
        """Ask the administrator, unless --yes was said.

        Raises:
            Aborted: the answer was no.
            WrongUsage: nobody is there to ask.
        """
        if self.said.yes:
            return
        if not sys.stdin.isatty():
            raise WrongUsage(told("needs_yes", self.language))
        if input(told(question, self.language, **values)).strip().lower() not in ("y", "yes", "j", "ja"):
            raise Aborted


def json_value(value: Any) -> Any:
    """Give what JSON has no form for: instants (UTC) and days as RFC 3339 writes them, all else as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return value.isoformat() if isinstance(value, date) else str(value)


def say(line: str) -> None:
    """Print a line of the answer."""
    sys.stdout.write(f"{line}\n")


def complain(line: str) -> None:
    """Print a line beside the answer, after what was answered."""
    sys.stdout.flush()
    sys.stderr.write(f"{line}\n")
