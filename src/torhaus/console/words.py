"""How the command line speaks: tables, JSON, and one sentence when it cannot go on."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind

CONSOLE = Actor(ActorKind.CONSOLE, "torhaus")


def say(text: str = "") -> None:
    """Write a line to standard output, as it is."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def progress(text: str) -> None:
    """Write what is being done to standard error, so that output stays data."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def fail(reason: str) -> NoReturn:
    """End with exit code 1 and the reason on standard error."""
    sys.stderr.write(f"torhaus: {reason}\n")
    raise typer.Exit(1)


def say_json(data: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write data as JSON, for programs."""
    say(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table that fits the terminal; a pipe gets every value whole."""
    console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for row in rows:
        table.add_row(*row)
    console.print(table)
