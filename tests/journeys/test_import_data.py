"""Both vendors' files come in; twice is once; changes show first and are then written whole."""

import pytest
from django_scopes import scope, scopes_disabled

from tests import people
from tests.journeys import vendor_files
from tests.journeys.vendor_files import deeds, digest, errors, load, write
from torhaus.billing.models import Invoice, InvoiceLine
from torhaus.catalogue.models import Item, Price, SeatKind, SeatRatio
from torhaus.core.storage import DiskStore
from torhaus.journeys.match_invoice import match_invoice
from torhaus.organisations.models import Customer
from torhaus.records.models import Record
from torhaus.subscriptions.models import Booking, Contract
from torhaus.usage.models import Reading
from torhaus.vendor.models import Vendor

pytestmark = pytest.mark.django_db


def invoice(number: str) -> Invoice:
    with scopes_disabled():
        return Invoice.objects.select_related("customer").get(number=number)


def test_the_demo_comes_in_with_its_pdfs(tmp_path, settings):
    load(vendor_files.demo(tmp_path / "demo"))
    vendor = Vendor.objects.get()
    assert (vendor.legal_name, vendor.logo_type) == ("Acme Software GmbH", "image/png")
    with scopes_disabled():
        assert Customer.objects.count() == 6
        assert {contract.kind for contract in Contract.objects.all()} == {
            "subscription",
            "evaluation",
            "perpetual",
            "hosting",
        }
        assert Invoice.objects.filter(customer__number="10482").count() > 30
        overdue = Invoice.objects.filter(state="open", due_on__lt=vendor_files.TODAY).get()
        assert overdue.customer.number == "10440"
        assert list(Invoice.objects.filter(customer=None).values_list("customer_hint", flat=True)) == [
            "19900 Karla Voss Consulting"
        ]
        store = DiskStore(settings.DATA_DIR / "files")
        with store.open(overdue.document_key) as file:
            assert file.read().startswith(b"%PDF-1.4")


def test_the_second_vendor_comes_in_with_its_own_money_units_and_seats():
    load(vendor_files.FIRN)
    vendor = Vendor.objects.get()
    assert (vendor.currency, vendor.language, vendor.time_zone) == ("CHF", "de", "Europe/Zurich")
    assert Price.objects.get(item__key="gipfel").first_cents == 540050
    ratios = SeatRatio.objects.filter(plan__item__key="gipfel", leading__key="editor")
    assert set(ratios.values_list("following__key", "quantity")) == {("reader", 10), ("fach", 1)}
    kinds = SeatKind.objects.values_list("item__key", "bookable", "personal", "release_deletes")
    assert set(kinds) == {
        ("editor", True, True, True),
        ("reader", False, True, False),
        ("fach", False, False, False),
    }
    with scopes_disabled():
        customer = Customer.objects.get(number="K-1")
        assert customer.name == "Alpenküche, Partner & Co."
        assert Customer.objects.get(number="K-3").language == "de"
        training = Booking.objects.get(contract__number="2019/03", line="b")
        assert (training.item, training.name, training.kind) == (None, "Einmalige Schulung", "service")
        assert Booking.objects.get(contract__number="2026/78", line="b").active_from is None
        assert Reading.objects.count() == 6
        assert InvoiceLine.objects.get(invoice__number="F-1003").text == "Hütte\ndrei Monate"
    assert (invoice("F-1001").gross_cents, invoice("F-1001").currency) == (583795, "CHF")
    assert invoice("F-1003").customer.number == "K-2", "found by its contract"


@pytest.mark.parametrize("vendor", ["demo", "firn"])
def test_the_same_files_twice_change_nothing(tmp_path, vendor):
    folder = vendor_files.demo(tmp_path / "demo") if vendor == "demo" else vendor_files.FIRN
    load(folder)
    before, told = digest(), deeds()
    assert told["import_data"] == 1
    result = load(folder)
    assert result.nothing
    assert digest() == before
    assert deeds() == told


def test_a_dry_run_changes_nothing(tmp_path):
    before = digest()
    result = load(write(tmp_path / "v"), dry_run=True)
    assert (result.differences["customers"].new, digest()) == (2, before)
    load(tmp_path / "v")
    before = digest()
    changed = write(tmp_path / "v", customers_csv=vendor_files.CUSTOMERS.replace("Südwind", "Westwind"))
    assert load(changed, dry_run=True).differences["customers"].changed == 1
    assert digest() == before


def test_a_difference_names_field_old_and_new(tmp_path):
    load(write(tmp_path / "v"))
    folder = write(
        tmp_path / "v",
        contracts_csv=vendor_files.CONTRACTS.replace("V-2;2;cmdb;subscription;12", "V-2;2;cmdb;subscription;6"),
        invoices_csv=vendor_files.INVOICES.replace("100.00;open", "100.00;paid"),
    )
    differences = load(folder, dry_run=True).differences
    assert [(one.key, one.fields) for one in differences["contracts"].changes] == [
        ("V-2", {"term_months": ("12", "6")})
    ]
    assert [(one.key, one.fields) for one in differences["invoices"].changes] == [("R-1", {"state": ("open", "paid")})]
    assert differences["contracts"].unchanged == 1


def test_a_changed_item_appends_a_booking_and_raises_the_revision(tmp_path):
    load(write(tmp_path / "v"))
    load(write(tmp_path / "v", contract_items_csv=vendor_files.ITEMS.replace("V-1;10;medium;1", "V-1;10;medium;3")))
    with scopes_disabled():
        bookings = Booking.objects.filter(contract__number="V-1").order_by("id")
        assert [one.quantity for one in bookings] == [1, 3]
        assert Booking.objects.filter(contract__number="V-2").count() == 1
        assert Contract.objects.get(number="V-1").revision > Contract.objects.get(number="V-2").revision


def test_a_line_that_disappears_stays_as_it_is(tmp_path):
    load(write(tmp_path / "v"))
    result = load(write(tmp_path / "v", contract_items_csv="contract;line;item;quantity\nV-1;20;medium;1\n"))
    assert result.differences["contract_items"].new == 1
    with scopes_disabled():
        assert Booking.objects.count() == 3


def test_a_field_that_is_left_out_stays_as_stored(tmp_path):
    load(write(tmp_path / "v", customers_csv="number;name;vat_id;payment_method\n1;Nord;DE1;card\n2;Süd;;card\n"))
    result = load(write(tmp_path / "v", customers_csv="number;name\n1;Nordwind\n2;Süd\n"))
    assert [one.fields for one in result.differences["customers"].changes] == [{"name": ("Nord", "Nordwind")}]
    with scopes_disabled():
        assert Customer.objects.get(number="1").vat_id == "DE1"


def test_a_cancellation_survives_files_that_do_not_name_it(tmp_path):
    load(write(tmp_path / "v"))
    with scopes_disabled():
        Contract.objects.filter(number="V-1").update(cancelled_to="2027-03-31")
    assert load(tmp_path / "v").nothing


def test_an_import_leaves_one_record_and_tells_each_customer_its_share(tmp_path):
    load(write(tmp_path / "v"))
    assert deeds() == {"import_data": 1, "import_customer": 2, "import_contract": 2, "import_invoices": 2}
    with scopes_disabled():
        record = Record.objects.get(deed="import_data")
        assert record.after["tables"]["customers"] == {"new": 2, "changed": 0, "unchanged": 0}
        assert len(record.after["files"]["customers.csv"]) == 64
        customer = Customer.objects.get(number="1")
    with scope(customer=customer.pk, customer_ref=customer.ref):
        assert {one.deed for one in Record.objects.all()} == {"import_customer", "import_contract", "import_invoices"}
    load(write(tmp_path / "v", invoices_csv=vendor_files.INVOICES.replace("50,00", "55,00")))
    assert deeds() == {"import_data": 2, "import_customer": 2, "import_contract": 2, "import_invoices": 3}


def test_an_unmatched_invoice_waits_and_finds_its_customer_later(tmp_path):
    files = {"vendor.toml": vendor_files.VENDOR, "invoices.csv": vendor_files.INVOICES}
    load(write(tmp_path / "v", files))
    assert (invoice("R-1").customer, invoice("R-1").customer_hint) == (None, "1")
    load(write(tmp_path / "w"))
    assert (invoice("R-1").customer.number, invoice("R-1").customer_hint) == ("1", "")


def test_what_staff_matched_stays_matched(tmp_path):
    folder = write(tmp_path / "v", invoices_csv="number;customer;issued_on;gross\nR-9;77;2026-04-01;10\n")
    load(folder)
    with scopes_disabled():
        customer = Customer.objects.get(number="1")
    match_invoice(invoice_ref=invoice("R-9").ref, customer_ref=customer.ref, by=people.SYSTEM)
    assert load(folder).nothing
    assert invoice("R-9").customer == customer


def test_no_contract_and_no_invoice_changes_hands(tmp_path):
    load(write(tmp_path / "v"))
    contracts = vendor_files.CONTRACTS.replace("V-1;1", "V-1;2")
    invoices = vendor_files.INVOICES.replace("R-2;2", "R-2;1")
    found = errors(write(tmp_path / "v", contracts_csv=contracts, invoices_csv=invoices))
    assert found == [
        "contracts.csv:2: contracts.customer: expected customer 1, whose it is; an import gives nothing to another customer",
        "invoices.csv:3: invoices.customer: expected customer 2, whose it is; an import gives nothing to another customer",
    ]


def test_a_perpetual_contract_needs_no_term(tmp_path):
    contracts = (
        "number;customer;product;kind;starts_on\nV-1;1;cmdb;perpetual;2020-01-01\nV-2;2;cmdb;perpetual;2020-01-01\n"
    )
    load(write(tmp_path / "v", contracts_csv=contracts))
    with scopes_disabled():
        assert Contract.objects.get(number="V-1").ends_on is None


def test_a_changed_item_of_the_catalogue_replaces_its_allowances(tmp_path):
    load(write(tmp_path / "v"))
    load(write(tmp_path / "v", vendor_toml=vendor_files.VENDOR.replace("objects = 5000", "objects = 6000")))
    assert [one.quantity for one in Item.objects.get(key="medium").allowances.all()] == [6000]
