"""``torhaus import``: the vendor's files come in, with every error at once, or the difference shown first."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from torhaus.console.words import CONSOLE, fail, say, say_json, say_table
from torhaus.journeys.import_data import (
    FilesChanged,
    ImportRefused,
    ImportResult,
    NotReadable,
    Problems,
    TableDifference,
    run_import,
)

PHASES = {"read": "Reading", "compare": "Comparing", "write": "Writing"}


def import_command(
    paths: Annotated[list[Path], typer.Argument(help="Files (.toml, .yaml, .csv), or folders that hold them.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the outcome as JSON.")] = False,
) -> None:
    """Load a vendor's files: profile, catalogue, customers, contracts, usage, invoices.

    All files are written in one transaction, or nothing is. The same files twice change nothing.
    Exit codes: 0 done, 1 errors in the files (nothing was written), 2 wrong usage. docs/import.md has the format.
    """
    try:
        with _bars() as progress:
            result = run_import(paths, by=CONSOLE, dry_run=dry_run, progress=progress)
    except NotReadable as error:
        sys.stderr.write(f"torhaus: {error}\n")
        raise typer.Exit(2) from error
    except FilesChanged as error:
        fail(str(error))
    except ImportRefused as error:
        _show_problems(error.problems, as_json=as_json)
        raise typer.Exit(1) from error
    if as_json:
        say_json(_as_data(result))
    else:
        _show(result)


@contextmanager
def _bars() -> Iterator[Any]:
    """Give what takes news of the progress: bars on standard error of a terminal, which vanish when done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(phase: str, done: int, total: int | None) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(PHASES[phase], total=total)
            progress.update(tasks[phase], completed=done, total=total)

        yield tell


def _show_problems(problems: Problems, *, as_json: bool) -> None:
    if as_json:
        say_json({"errors": problems.count, "problems": [problem._asdict() for problem in problems.kept]})
        return
    for problem in problems.kept:
        sys.stderr.write(f"{problem}\n")
    if problems.count > len(problems.kept):
        sys.stderr.write(f"… and {problems.count - len(problems.kept):,} more\n")
    errors = "1 error" if problems.count == 1 else f"{problems.count:,} errors"
    sys.stderr.write(f"torhaus: {errors}; nothing was written. Mend the files and import them again.\n")


def _as_data(result: ImportResult) -> dict[str, Any]:
    return {
        "dry_run": result.dry_run,
        "changed": not result.nothing,
        "files": result.files,
        "tables": {name: asdict(difference) for name, difference in result.differences.items()},
    }


def _show(result: ImportResult) -> None:
    if result.nothing:
        say("Everything is as in the files; nothing to change.")
        return
    rows = [
        (name, f"{one.new:,}", f"{one.changed:,}", f"{one.unchanged:,}") for name, one in result.differences.items()
    ]
    say_table(["Table", "new", "changed", "unchanged"], rows)
    for name, difference in result.differences.items():
        for line in _details(difference):
            say(f"{name}: {line}")
    say()
    say("Nothing was written: this was a dry run." if result.dry_run else "Imported.")


def _details(difference: TableDifference) -> Iterator[str]:
    """Give what is new and changed, line by line; beyond the first rows only how many more there are."""
    for change in difference.changes:
        fields = "; ".join(f"{field}: {old} → {new}" for field, (old, new) in change.fields.items())
        yield f"{change.key or 'profile'}: {fields}"
    if more := difference.changed - len(difference.changes):
        yield f"… and {more:,} more changed"
    if difference.new_keys and difference.new_keys != [""]:
        more = difference.new - len(difference.new_keys)
        yield f"new: {', '.join(difference.new_keys)}" + (f" … and {more:,} more" if more else "")
