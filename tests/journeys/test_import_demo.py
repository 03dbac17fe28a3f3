"""The demo's folder: alive on any day, with PDFs that open, and personas whose contracts are there."""

import io
from datetime import date, timedelta

import pytest
from django_scopes import scopes_disabled
from pypdf import PdfReader

from tests.journeys.vendor_files import load
from torhaus.billing.models import Invoice
from torhaus.journeys.import_data.demo import demo_folder, one_page_pdf, personas
from torhaus.subscriptions.models import Contract
from torhaus.usage.models import Reading

DAYS = [
    date(2026, 11, 22),
    date(2027, 1, 1),
    date(2027, 3, 2),
    date(2028, 2, 29),
    date(2027, 12, 31),
    date(2027, 5, 15),
]


@pytest.mark.django_db
@pytest.mark.parametrize("today", DAYS)
def test_the_demo_is_alive_on_any_day(tmp_path, today):
    folder = demo_folder(today, tmp_path / "demo")
    load(folder)
    with scopes_disabled():
        due = Invoice.objects.get(state="open", customer__number="10482")
        assert due.due_on == today + timedelta(days=6)
        assert Contract.objects.get(kind="evaluation").ends_on == today + timedelta(days=9)
        assert not Contract.objects.exclude(ends_on=None).filter(ends_on__lt=today).exists()
        latest = Reading.objects.filter(contract__number="V-10482-1").latest("on")
        assert (latest.on, latest.quantity) == (today - timedelta(days=1), 4640)
        known = set(Contract.objects.values_list("number", flat=True))
    shown = personas(folder)
    assert {one.contract for one in shown} <= known
    assert len(shown) == 7
    assert {one.language for one in shown} == {"de", "en"}
    assert all(set(one.title) == {"de", "en"} for one in shown)


def test_the_pdfs_open_and_show_number_and_amount(tmp_path):
    folder = demo_folder(DAYS[0], tmp_path / "demo")
    found = sorted((folder / "pdf").iterdir())
    assert len(found) > 40
    text = PdfReader(folder / "pdf" / "RG-2026-11-482N.pdf").pages[0].extract_text()
    assert "RG-2026-11-482N" in text
    assert "1.970,64 EUR" in text
    assert "Nordwind Logistik GmbH" in text


def test_a_pdf_takes_brackets_umlauts_and_what_its_font_lacks():
    page = PdfReader(io.BytesIO(one_page_pdf([(12, "Größe (ca.) \\ 5 € 漢")])), strict=True).pages[0]
    assert page.extract_text().strip() == "Größe (ca.) \\ 5 € ?"
