"""Lists for a spreadsheet as CSV: nothing in them runs as a formula, whatever somebody is called."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import cast

Cell = str | datetime
_RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Echo:
    """A file that gives back what is written, so that each line can be sent at once."""

    def write(self, text: str) -> str:
        """Give ``text`` back."""
        return text


def harmless(text: str) -> str:
    """Give ``text`` so that a spreadsheet shows it and never computes it (OWASP: CSV injection)."""
    return "'" + text if text.startswith(_RUNS_AS_FORMULA) else text


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, german: bool) -> Iterator[str]:
    """Give a CSV file line by line, with a byte order mark. German spreadsheets part columns by semicolon."""
    writer = csv.writer(Echo(), delimiter=";" if german else ",")
    yield "\ufeff" + cast("str", writer.writerow(header))
    for row in rows:
        yield cast("str", writer.writerow([_plain(cell) for cell in row]))


def _plain(cell: Cell) -> str:
    return harmless(cell) if isinstance(cell, str) else cell.strftime("%Y-%m-%d %H:%M:%S")
