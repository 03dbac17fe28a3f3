"""Lists for a spreadsheet, as CSV or XLSX: nothing in them runs as a formula, whatever somebody is called."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, cast

import xlsxwriter

Cell = str | datetime
_RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet holds 1,048,576 rows; what goes beyond stands on the next one.
ROWS_OF_SHEET = 1_000_000
PIECE = 64 * 1024
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


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


def xlsx_of(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Give an XLSX file in pieces; it is made once the first is asked for. Instants are shown as they are, zoneless."""
    with tempfile.TemporaryFile() as file:
        _write(file, title, header, rows)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _write(file: IO[bytes], title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    book = xlsxwriter.Workbook(file, {"constant_memory": True, **_AS_TEXT})
    moment, bold = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}), book.add_format({"bold": True})
    sheet, line = None, 0
    for row in rows:
        if sheet is None or line > ROWS_OF_SHEET:
            sheet, line = _sheet(book, title, header, bold), 1
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(line, column, cell)
            else:
                sheet.write_datetime(line, column, cell.replace(tzinfo=None), moment)
        line += 1
    if sheet is None:
        _sheet(book, title, header, bold)
    book.close()


def _sheet(
    book: xlsxwriter.Workbook, title: str, header: Sequence[str], bold: object
) -> xlsxwriter.worksheet.Worksheet:
    number = len(book.worksheets())
    sheet = book.add_worksheet(f"{title[:24]} {number + 1}" if number else title[:31])
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(header):
        sheet.set_column(column, column, 24)
        sheet.write_string(0, column, text, bold)
    return sheet
