"""Reads a CSV file that somebody uploads: small, from any spreadsheet, and refused whole with a reason where it is none.

UTF-8 with or without a byte order mark, else Windows-1252 as German Excel writes it; parted by ``;``, ``,`` or tabs.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_LINES = 5_000
LONGEST_CELL = 10_000
_SEPARATORS = ";,\t"
# What our own files put before a cell that a spreadsheet would compute.
_GUARDED = tuple("'" + mark for mark in "=+-@")


class Fault(StrEnum):
    """Why a file cannot be read."""

    EMPTY = "empty"
    NO_TEXT = "no_text"
    UTF_16 = "utf_16"
    NO_LINES = "no_lines"
    COLUMN_MISSING = "column_missing"
    COLUMN_TWICE = "column_twice"
    TOO_MANY_LINES = "too_many_lines"
    CELL_TOO_LONG = "cell_too_long"
    CELLS = "cells"
    QUOTES = "quotes"


class Unreadable(Exception):
    """The file is refused whole; ``about`` is a column, ``line`` where it happens, 0 if it is about the whole file."""

    def __init__(self, fault: Fault, about: str = "", line: int = 0) -> None:
        super().__init__(fault, about, line)
        self.fault, self.about, self.line = fault, about, line


@dataclass(frozen=True)
class CsvLine:
    """A line with the number at which it begins in the file; cells by column, without blanks around them."""

    number: int
    cells: Mapping[str, str]

    def cell(self, column: str) -> str:
        """Give a cell; empty where the file has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class CsvFile:
    """What was read; ``guessed``: the file is not UTF-8 and was taken for Windows-1252."""

    lines: tuple[CsvLine, ...]
    guessed: bool


def read_csv(content: bytes, *, names: Mapping[str, str], needed: Sequence[Sequence[str]]) -> CsvFile:
    """Read a file. ``names`` lead from what a column may be called (case folded) to the column; others are passed over.

    Of each group in ``needed`` at least one column has to be there.

    Raises:
        Unreadable: it is no such file.
    """
    text, guessed = _text(content)
    rows = _rows(text, _separator(text, names))
    try:
        first = next(rows)[1]
        columns = _columns(first, names, needed)
        lines = tuple(_lines(rows, columns))
    except StopIteration:
        raise Unreadable(Fault.EMPTY) from None
    if not lines:
        raise Unreadable(Fault.NO_LINES)
    return CsvFile(lines, guessed)


def one_line(text: str) -> bool:
    """Whether a cell holds neither line break nor control character: it becomes a name, or a header of a mail."""
    return not any(ord(one) < 32 or ord(one) == 127 or one in "\x85\u2028\u2029" for one in text)


def _text(content: bytes) -> tuple[str, bool]:
    if not content.strip(b"\xef\xbb\xbf \t\r\n;,"):
        raise Unreadable(Fault.EMPTY)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(Fault.UTF_16)
    if b"\0" in content:
        raise Unreadable(Fault.NO_TEXT, line=content.count(b"\n", 0, content.index(b"\0")) + 1)
    try:
        return content.decode("utf-8-sig"), False
    except UnicodeDecodeError as error:
        try:
            return content.decode("cp1252"), True
        except UnicodeDecodeError:
            raise Unreadable(Fault.NO_TEXT, line=content.count(b"\n", 0, error.start) + 1) from None


def _separator(text: str, names: Mapping[str, str]) -> str:
    """Give the separator at which the first line falls into most columns that are known, else into most cells."""
    first = text.split("\n", 1)[0]

    def fits(separator: str) -> tuple[int, int]:
        cells = [_folded(cell.strip('" \r')) for cell in first.split(separator)]
        return sum(cell in names for cell in cells), len(cells)

    return max(_SEPARATORS, key=fits)


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give each line that holds anything, with the number at which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Either a quotation mark in a wrong place, or one that was never closed and swallowed the rest.
            long = "field larger" in str(error)
            raise Unreadable(Fault.CELL_TOO_LONG if long else Fault.QUOTES, line=number) from None
        if any(len(cell) > LONGEST_CELL for cell in row):
            raise Unreadable(Fault.CELL_TOO_LONG, line=number)
        if any(cell.strip() for cell in row):
            yield number, row


def _columns(row: list[str], names: Mapping[str, str], needed: Sequence[Sequence[str]]) -> list[str]:
    found = [names.get(_folded(cell), "") for cell in row]
    for column, cell in zip(found, row, strict=True):
        if column and found.count(column) > 1:
            raise Unreadable(Fault.COLUMN_TWICE, cell.strip()[:80])
    for group in needed:
        if not set(group) & set(found):
            raise Unreadable(Fault.COLUMN_MISSING, group[0])
    return found


def _lines(rows: Iterator[tuple[int, list[str]]], columns: list[str]) -> Iterator[CsvLine]:
    for count, (number, row) in enumerate(rows, start=1):
        if count > MOST_LINES:
            raise Unreadable(Fault.TOO_MANY_LINES)
        if any(cell.strip() for cell in row[len(columns) :]):
            raise Unreadable(Fault.CELLS, line=number)
        # A spreadsheet leaves out empty cells at the end.
        cells = {column: _plain(cell) for column, cell in zip(columns, row, strict=False) if column}
        yield CsvLine(number, cells)


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith(_GUARDED) else cell


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
