"""Renders the demo's vendor with days around today, and a PDF for each of its invoices."""

import csv
import re
import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings

from torhaus.core.texts import Texts, text_in

SOURCE = Path(__file__).parent / "demo_vendor"
TEXTS = {".toml", ".csv"}
# <today+6d>, <month-7>, <month+5-1d>, <month-3|%Y-%m>: a month is its first day.
TODAY = re.compile(r"<today(?:([+-]\d+)d)?(?:\|([^>\n]+))?>")
MONTH = re.compile(r"<month([+-]\d+)?(?:([+-]\d+)d)?(?:\|([^>\n]+))?>")


@dataclass(frozen=True)
class Persona:
    """Somebody the demo lets one log in as: a customer's contract, and what it shows (in each language)."""

    customer: str
    contract: str
    language: str
    title: Texts

    @property
    def name(self) -> str:
        """What it shows, in English."""
        return text_in(self.title, "en")


def personas(folder: Path) -> list[Persona]:
    """Give the personas of a demo folder, in the order they are to be shown."""
    return [Persona(**one) for one in tomllib.loads((folder / "personas.toml").read_text("utf-8"))["personas"]]


def demo_folder(today: date, into: Path | None = None) -> Path:
    """Write the demo's files with days relative to ``today`` into a folder (of the data folder) and give it.

    Call it once for an installation: on another day the files say other days.
    """
    if into is None:
        into = settings.DATA_DIR / "demo"
        shutil.rmtree(into, ignore_errors=True)  # what an older version left there would be imported too
    into.mkdir(parents=True, exist_ok=True)
    for template in sorted(SOURCE.iterdir()):
        target = into / template.name
        if template.suffix in TEXTS:
            target.write_text(_dated(template.read_text("utf-8"), today), "utf-8")
        elif template.is_file():
            target.write_bytes(template.read_bytes())
    _write_pdfs(into)
    return into


def _dated(text: str, today: date) -> str:
    """Put days where the marks stand."""

    def day(mark: re.Match[str]) -> str:
        return _shown(today + timedelta(days=int(mark[1] or 0)), mark[2])

    def month(mark: re.Match[str]) -> str:
        months = today.year * 12 + today.month - 1 + int(mark[1] or 0)
        return _shown(date(months // 12, months % 12 + 1, 1) + timedelta(days=int(mark[2] or 0)), mark[3])

    return MONTH.sub(month, TODAY.sub(day, text))


def _shown(day: date, form: str | None) -> str:
    return day.strftime(form) if form else day.isoformat()


def _write_pdfs(folder: Path) -> None:
    names: dict[str, str] = {}
    with (folder / "customers.csv").open(encoding="utf-8", newline="") as file:
        names = {row["number"]: row["name"] for row in csv.DictReader(file, delimiter=";")}
    positions: dict[str, list[dict[str, str]]] = {}
    with (folder / "invoice_lines.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            positions.setdefault(row["invoice"], []).append(row)
    with (folder / "invoices.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["pdf"]:
                target = folder / row["pdf"]
                target.parent.mkdir(exist_ok=True)
                to = names.get(row["customer"], row["customer_name"])
                target.write_bytes(one_page_pdf(_invoice_text(row, to, positions.get(row["number"], []))))


def _invoice_text(row: dict[str, str], to: str, positions: list[dict[str, str]]) -> list[tuple[int, str]]:
    """Give the lines of an invoice as (size in points, text)."""
    return [
        (10, "Acme Software GmbH · Werkstraße 1 · 40210 Düsseldorf"),
        (10, ""),
        (12, to),
        (10, ""),
        (18, f"Rechnung / Invoice {row['number']}"),
        (10, f"Datum / Date: {row['issued_on']}    Fällig / Due: {row['due_on']}"),
        (10, f"Vertrag / Contract: {row['contract'] or '-'}"),
        (10, ""),
        *((11, f"{one['position']}.  {one['quantity']} × {one['text']}: {one['unit_price']} EUR") for one in positions),
        (10, ""),
        (11, f"Netto / Net: {row['net']} EUR"),
        (11, f"USt. / VAT: {row['vat']} EUR"),
        (14, f"Gesamt / Total: {row['gross']} EUR"),
        (10, ""),
        (9, "Beispielrechnung der Demo. / Sample invoice of the demo."),
    ]


def one_page_pdf(lines: Iterable[tuple[int, str]]) -> bytes:
    """Give a PDF of one A4 page with ``lines`` of (size in points, text) (ISO 32000-1, 7.5)."""
    down, shown = 780, []
    for size, text in lines:
        escaped = re.sub(rb"([\\()])", rb"\\\1", text.encode("cp1252", "replace"))
        shown.append(b"BT /F1 %d Tf 56 %d Td (%s) Tj ET" % (size, down, escaped))
        down -= size + 8
    stream = b"\n".join(shown)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    starts = []
    for number, body in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return bytes(out + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, end))
