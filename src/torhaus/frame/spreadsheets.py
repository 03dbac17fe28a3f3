"""Lists for a spreadsheet as XLSX: nothing in them runs as a formula, whatever somebody is called."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import xlsxwriter

from torhaus.core.csv_files import Cell

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet holds 1,048,576 rows; what goes beyond stands on the next one.
ROWS_OF_SHEET = 1_000_000
PIECE = 64 * 1024
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


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
