"""docs/import.md: its example loads as it stands there, and its reference names what there is."""

import re
from pathlib import Path

import pytest
from django_scopes import scopes_disabled
from scripts import document_import

from tests.journeys.vendor_files import load
from torhaus.billing.models import Invoice
from torhaus.catalogue.models import SeatRatio
from torhaus.journeys.import_data.tables import TABLES
from torhaus.subscriptions.models import Booking, Contract

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "import.md"
FILE = re.compile(r"^`([a-z_]+\.(?:toml|yaml|csv))`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.django_db
def test_the_example_of_the_docs_loads(tmp_path):
    files = dict(FILE.findall(PAGE.read_text("utf-8")))
    assert sorted(files) == ["contract_items.csv", "contracts.csv", "invoices.csv", "support.yaml", "vendor.toml"]
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    load(tmp_path)
    with scopes_disabled():
        contract = Contract.objects.get()
        assert (contract.number, contract.customer.name, contract.auto_renews) == (
            "V-1",
            "Nordwind Logistik GmbH",
            True,
        )
        assert Booking.objects.count() == 3
        assert list(Invoice.objects.order_by("number").values_list("gross_cents", flat=True)) == [260610, 197064]
    assert SeatRatio.objects.get().quantity == 2
    assert load(tmp_path).nothing


def test_the_reference_of_the_docs_is_up_to_date():
    assert PAGE.read_text("utf-8") == document_import.page(), "run `make docs`"


def test_every_field_says_what_it_means():
    for table in TABLES.values():
        assert [name for name, known in table.row.model_fields.items() if not known.description] == []
