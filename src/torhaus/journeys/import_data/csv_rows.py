"""Reads a CSV file row by row in little memory: UTF-8 with or without BOM, parted by ``;`` or ``,``."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from torhaus.journeys.import_data.rows import unknown_name

LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True)
class CsvRow:
    """A row with the line it begins on; dotted columns are nested. Or a problem."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    field: str = ""
    problem: str = ""


class _Broken(Exception):
    pass


class _Lines:
    """The lines of a file as text; refuses what is no UTF-8 and lines beyond any measure."""

    def __init__(self, file: BinaryIO, note: Callable[[bytes], object]) -> None:
        self.file, self.note, self.number = file, note, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = self.file.readline(LONGEST_LINE + 1)
        if not raw:
            raise StopIteration
        self.note(raw)
        self.number += 1
        if len(raw) > LONGEST_LINE:
            raise _Broken("expected lines of at most 1 MB; is a quotation mark left open?")
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            found = f"0x{raw[error.start]:02x}"
            raise _Broken(f"expected UTF-8, found the byte {found}; save the file as UTF-8") from None


def read(path: Path, known: Sequence[str], note: Callable[[bytes], object]) -> Iterator[CsvRow]:
    """Give the rows of the file. ``known`` are its table's fields; ``note`` is told every byte read."""
    with path.open("rb") as file:
        lines = _Lines(file, note)
        try:
            yield from _rows(lines, known)
        except _Broken as error:
            yield CsvRow(lines.number, problem=str(error))
        except csv.Error as error:
            yield CsvRow(lines.number, problem=f"expected CSV ({error}); the rest of the file was not read")


def _rows(lines: _Lines, known: Sequence[str]) -> Iterator[CsvRow]:
    first = next(lines, "")
    if not first.strip():
        yield CsvRow(1, problem="expected a line with the names of the columns, found nothing")
        return
    separator = max(";,", key=lambda mark: sum(name in known for name in _names(first, mark)))
    names = _names(first, separator)
    wrong = list(_wrong_names(names, known))
    yield from wrong
    if wrong:
        return
    paths = [tuple(name.split(".")) for name in names]
    given = tuple(dict.fromkeys(path[0] for path in paths))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    begins = lines.number + 1
    for row in reader:
        line, begins = begins, lines.number + 1
        if not any(row):
            continue
        if len(row) != len(paths):
            yield CsvRow(line, problem=f"expected {len(paths)} cells, found {len(row)}")
        else:
            yield CsvRow(line, _nested(paths, row), given)


def _names(line: str, separator: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])]


def _wrong_names(names: list[str], known: Sequence[str]) -> Iterator[CsvRow]:
    seen: set[tuple[str, ...]] = set()
    for name in names:
        path = tuple(name.split("."))
        if path[0] not in known:
            yield CsvRow(1, field=name, problem=unknown_name("column", path[0], known))
        elif any(path[:size] in seen for size in range(1, len(path) + 1)) or any(
            one[: len(path)] == path for one in seen
        ):
            yield CsvRow(1, field=name, problem="expected each column once")
        seen.add(path)


def _nested(paths: list[tuple[str, ...]], row: list[str]) -> dict[str, Any]:
    """Give the cells by name; an empty cell is left out, so that the field takes its default."""
    values: dict[str, Any] = {}
    for path, cell in zip(paths, row, strict=True):
        if not cell or cell.isspace():
            continue
        inner = values
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = cell
    return values
