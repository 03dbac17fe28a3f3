import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.web.visitors import card, signed_in, words
from torhaus.billing.models import BillingAccount, Invoice

pytestmark = pytest.mark.usefixtures("stopped_clock")

TODAY = people.NOON.date()


@pytest.fixture
def contract(db):
    people.vendor()
    return people.contract(people.customer())


def page(contract, language="en", query=""):
    answer = signed_in(contract, language).get("/invoices/" + query)
    assert answer.status_code == 200
    return answer


def numbers(answer) -> list[str]:
    """The invoice numbers of the list, in order."""
    body = answer.content.decode()
    if "<tbody" not in body:
        return []
    table = body[body.index("<tbody") : body.index("</tbody>")]
    return re.findall(r'<th scope="row"[^>]*><a href="[^"]+">([^<]*)</a>', table)


def of_each_state(contract) -> None:
    """One invoice in every state, each with its own number, year and amount."""
    for n, state in enumerate(("open", "paid", "cancelled", "credited")):
        people.invoice(
            contract.customer, f"RG-{state}", state=state, issued_on=date(2026 - n, 5, 1), gross_cents=1000 + n
        )
    people.invoice(contract.customer, "RG-late", issued_on=date(2026, 1, 1), due_on=date(2026, 1, 15), gross_cents=5000)


# Billing information


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            (
                "Contact Mara Lindqvist Email billing@nordwind.example Payment method Bank transfer Address Nordwind "
                "Logistik GmbH Buchhaltung Hafenstraße 7 20457 Hamburg Germany Format By email Next invoice 2027-04-01"
            ),
        ),
        (
            "de",
            (
                "Kontakt Mara Lindqvist E-Mail billing@nordwind.example Zahlungsart Überweisung Adresse Nordwind "
                "Logistik GmbH Buchhaltung Hafenstraße 7 20457 Hamburg Deutschland Format Per E-Mail "
                "Nächste Rechnung 01.04.2027"
            ),
        ),
    ],
)
def test_B18_billing_information_is_complete(contract, language, expected):
    people.billing_data(contract.customer)
    assert expected in card(page(contract, language), "billing")
    with scopes_disabled():
        assert BillingAccount.objects.get().payment_method == "bank_transfer"


def test_B18_what_nobody_entered_is_said_to_be_missing(contract):
    shown = card(page(contract), "billing")
    assert shown.count("not given") == 5
    assert "None" not in shown


def test_B18_the_accounts_own_mail_comes_before_the_contacts(contract):
    people.billing_data(contract.customer)
    with scopes_disabled():
        BillingAccount.objects.update(mail="rechnung@nordwind.example", payment_method="direct_debit")
    shown = card(page(contract), "billing")
    assert "Email rechnung@nordwind.example" in shown
    assert "Direct debit" in shown


@pytest.mark.parametrize(
    ("fields", "english", "german"),
    [
        ({}, "Next invoice 2027-04-01", "Nächste Rechnung 01.04.2027"),
        ({"starts_on": date(2020, 4, 1), "ends_on": date(2021, 3, 31)}, "Next invoice 2027-04-01", "01.04.2027"),
        ({"auto_renews": False}, "Next invoice none planned", "Nächste Rechnung keine geplant"),
        ({"cancelled_to": date(2027, 3, 31)}, "Next invoice none planned", "Nächste Rechnung keine geplant"),
    ],
)
def test_B20_next_invoice_is_the_day_after_the_current_term(db, fields, english, german):
    people.vendor()
    contract = people.contract(people.customer(), **fields)
    assert english in card(page(contract), "billing")
    assert german in card(page(contract, "de"), "billing")


# The list


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("en", "RG-2026-0412 2026-11-14 2026-11-28 €1,970.64 Open"),
        ("de", "RG-2026-0412 14.11.2026 28.11.2026 1.970,64 € Offen"),
    ],
)
def test_B19_each_invoice_shows_number_amount_status_day_and_opens_from_its_row(contract, language, row):
    stored = people.invoice(contract.customer)
    client = signed_in(contract, language)
    answer = client.get("/invoices/")
    assert row in words(answer)
    assert f'href="/invoices/{stored.ref}/"' in answer.content.decode()
    opened = client.get(f"/invoices/{stored.ref}/")
    assert opened.status_code == 200
    assert "RG-2026-0412" in words(opened)
    assert (stored.gross_cents, stored.currency, stored.state) == (197064, "EUR", "open")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["RG-open", "RG-late", "RG-paid", "RG-cancelled", "RG-credited"]),
        ("?status=open", ["RG-open"]),
        ("?status=overdue", ["RG-late"]),
        ("?status=unpaid", ["RG-open", "RG-late"]),
        ("?status=paid", ["RG-paid"]),
        ("?status=cancelled", ["RG-cancelled"]),
        ("?status=credited", ["RG-credited"]),
        ("?year=2025", ["RG-paid"]),
        ("?year=2026&status=open", ["RG-open"]),
        ("?text=cre", ["RG-credited"]),
        ("?text=CANCEL", ["RG-cancelled"]),
        ("?text=%25", []),
        ("?text=_", []),
        ("?sort=number", ["RG-cancelled", "RG-credited", "RG-late", "RG-open", "RG-paid"]),
        ("?sort=-amount", ["RG-late", "RG-credited", "RG-cancelled", "RG-paid", "RG-open"]),
        ("?sort=status", ["RG-late", "RG-open", "RG-paid", "RG-credited", "RG-cancelled"]),
        ("?sort=due", ["RG-late", "RG-open", "RG-paid", "RG-cancelled", "RG-credited"]),
        ("?sort=issued", ["RG-credited", "RG-cancelled", "RG-paid", "RG-late", "RG-open"]),
    ],
)
def test_invoices_are_filtered_and_sorted_by_address(contract, query, expected):
    of_each_state(contract)
    assert numbers(page(contract, query=query)) == expected


def test_the_text_filter_finds_positions(contract):
    people.invoice(contract.customer, "RG-1", lines=[("Plan Medium", 1, 10, 19, 1000)])
    people.invoice(contract.customer, "RG-2", lines=[("Flows", 1, 10, 19, 1000), ("Workshop", 1, 10, 19, 1000)])
    assert numbers(page(contract, query="?text=workshop")) == ["RG-2"]


def test_no_due_date_comes_last_in_either_order(contract):
    people.invoice(contract.customer, "RG-none", due_on=None)
    people.invoice(contract.customer, "RG-due")
    assert numbers(page(contract, query="?sort=due")) == ["RG-due", "RG-none"]
    assert numbers(page(contract, query="?sort=-due")) == ["RG-due", "RG-none"]


@pytest.mark.parametrize(
    "query",
    [
        "?page=0",
        "?page=-3",
        "?page=999999",
        "?page=" + "9" * 5000,
        "?page=%C2%B2",
        "?page=abc",
        "?sort=evil",
        "?sort=--issued",
        "?sort=" + "x" * 10_001,
        "?year=abc",
        "?year=0",
        "?year=99999999999999999999",
        "?year=" + "9" * 5000,
        "?status=evil",
        "?status=" + "x" * 10_001,
        "?text=" + "x" * 10_001,
        "?text=%00",
        "?status=%00&year=%00&sort=%00&page=%00",
        "?text=<script>alert(1)</script>",
        "?text=' OR 1=1 --",
        "?text=%F0%9F%98%80",
        "?text=%FF%FE",
    ],
)
def test_nonsense_is_explained_or_ignored(contract, query):
    people.invoice(contract.customer)
    answer = page(contract, query=query)
    assert "<script>alert" not in answer.content.decode()
    assert numbers(answer) == ["RG-2026-0412"] or "No invoice matches" in words(answer)
    assert signed_in(contract).get("/invoices/export.csv" + query).status_code == 200


@pytest.mark.parametrize(
    ("query", "english", "german"),
    [
        ("?year=abc", "This is not a year", "Das ist kein Jahr"),
        ("?status=evil", "There is no such status", "Diesen Status gibt es nicht"),
    ],
)
def test_an_invalid_filter_is_explained_and_left_out(contract, query, english, german):
    of_each_state(contract)
    answer = page(contract, query=query)
    assert english in words(answer)
    assert len(numbers(answer)) == 5
    assert german in words(page(contract, "de", query))


def test_the_form_keeps_what_was_chosen(contract):
    of_each_state(contract)
    body = page(contract, query='?status=paid&year=2025&text="quoted"').content.decode()
    assert '<option value="paid" selected>' in body
    assert '<option value="2025" selected>' in body
    assert 'value="&quot;quoted&quot;"' in body
    assert body.count(" selected") == 2


def test_years_are_offered_as_there_are_invoices(contract):
    of_each_state(contract)
    body = page(contract).content.decode()
    assert re.findall(r'<option value="(\d{4})"', body) == ["2026", "2025", "2024", "2023"]


def test_25_a_page_and_links_that_keep_filter_and_order(contract):
    for n in range(60):
        people.invoice(contract.customer, f"RG-{n:03}", issued_on=date(2026, 1, 1) + timedelta(days=n))
    client = signed_in(contract)
    seen = []
    for number, count in ((1, 25), (2, 25), (3, 10)):
        answer = client.get(f"/invoices/?status=unpaid&sort=number&page={number}")
        assert len(numbers(answer)) == count
        seen += numbers(answer)
    assert seen == [f"RG-{n:03}" for n in range(60)]
    assert "51 to 60 of 60" in words(answer)
    assert numbers(client.get("/invoices/?sort=number&page=999")) == numbers(answer)
    body = client.get("/invoices/?status=unpaid&sort=number&page=2").content.decode()
    assert 'href="?status=unpaid&amp;sort=number&amp;page=3"' in body
    assert 'aria-sort="ascending"' in body


def test_without_invoices_the_page_says_so(contract):
    assert "No invoices yet" in words(page(contract))
    assert "Noch keine Rechnungen" in words(page(contract, "de"))


def test_invoices_of_others_and_of_other_contracts_are_not_there(contract):
    stranger = people.customer("2", "Fremd AG")
    people.invoice(stranger, "RG-foreign")
    people.invoice(contract.customer, "RG-other", origin="V-2026-002")
    people.invoice(contract.customer, "RG-mine", origin=contract.number)
    people.invoice(contract.customer, "RG-customer", origin="")
    client = signed_in(contract)
    assert set(numbers(client.get("/invoices/"))) == {"RG-mine", "RG-customer"}
    assert numbers(client.get("/invoices/?text=RG-other")) == []
    with scopes_disabled():
        hidden = list(Invoice.objects.filter(number__in=["RG-foreign", "RG-other"]))
    for one in hidden:
        for path in (f"/invoices/{one.ref}/", f"/invoices/{one.ref}/pdf/"):
            assert client.get(path).status_code == 404
    exported = b"".join(client.get("/invoices/export.csv").streaming_content).decode()
    assert "RG-foreign" not in exported
    assert "RG-other" not in exported


def test_twelve_queries_at_most_on_any_page_of_any_size(contract):
    people.billing_data(contract.customer)
    people.invoice(contract.customer)
    client = signed_in(contract)
    client.get("/invoices/")
    with CaptureQueriesContext(connection) as few:
        client.get("/invoices/")
    for n in range(200):
        people.invoice(contract.customer, f"RG-{n}", lines=[("Plan", 1, 10, 19, 1000)])
    counts = {len(few)}
    for query in ("", "?page=8", "?sort=-amount&page=3"):
        with CaptureQueriesContext(connection) as many:
            client.get("/invoices/" + query)
        counts.add(len(many))
    assert len(counts) == 1
    with CaptureQueriesContext(connection) as filtered:
        client.get("/invoices/?text=plan&year=2026&status=open&page=2")
    assert max(*counts, len(filtered)) <= 12


# One invoice


def test_an_invoice_with_positions_shows_vat_by_rate(contract):
    lines = [
        ("Plan Medium, 12 months", 1, Decimal("1254.00"), 19, 125400),
        ("Objects", Decimal("12.5"), Decimal("0.0125"), 19, 16),
        ("Handbook", 3, 101, 7, 30300),
    ]
    vat = 23829 + 2121  # 19 % of 1,254.16 is 238.2904, 7 % of 303.00 is 21.21
    stored = people.invoice(contract.customer, lines=lines, net_cents=155716, vat_cents=vat, gross_cents=155716 + vat)
    client = signed_in(contract)
    shown = words(client.get(f"/invoices/{stored.ref}/"))
    assert "1. Plan Medium, 12 months 1 €1,254.00 19 % €1,254.00" in shown
    assert "2. Objects 12.5 €0.0125 19 % €0.16" in shown
    assert "Net €1,557.16 7 % VAT on €303.00 €21.21 19 % VAT on €1,254.16 €238.29 Total €1,816.66" in shown
    german = words(signed_in(contract, "de").get(f"/invoices/{stored.ref}/"))
    assert "2. Objects 12,5 0,0125 € 19 % 0,16 €" in german
    assert "19 % USt. auf 1.254,16 € 238,29 €" in german


def test_a_breakdown_that_does_not_fit_gives_way_to_the_given_totals(contract):
    stored = people.invoice(contract.customer, lines=[("Plan", 1, 1656, 19, 165599)])
    shown = words(signed_in(contract).get(f"/invoices/{stored.ref}/"))
    assert "VAT on" not in shown
    assert "Net €1,656.00 VAT €314.64 Total €1,970.64" in shown


def test_an_invoice_without_positions_shows_plain_totals(contract):
    plain = people.invoice(contract.customer, net_cents=None, vat_cents=None, due_on=None)
    shown = words(signed_in(contract).get(f"/invoices/{plain.ref}/"))
    assert "Totals Total €1,970.64" in shown
    assert "Due not given" in shown
    assert "Positions" not in shown


@pytest.mark.parametrize("ref", ["x", "x" * 5000, "%00", "..", "%2e%2e%2f", "äöü", "1", "'"])
def test_an_unknown_reference_is_404(contract, ref):
    client = signed_in(contract)
    assert client.get(f"/invoices/{ref}/").status_code == 404
    assert client.get(f"/invoices/{ref}/pdf/").status_code == 404


def test_only_reading_is_allowed(contract):
    stored = people.invoice(contract.customer)
    client = signed_in(contract)
    for path in ("/invoices/", "/invoices/export.csv", f"/invoices/{stored.ref}/", f"/invoices/{stored.ref}/pdf/"):
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(path).status_code == 405
    with scopes_disabled():
        assert Invoice.objects.get().state == "open"


def test_without_the_right_there_is_no_page(contract):
    stored = people.invoice(contract.customer)
    people.vendor(token_sees_invoices=False)
    client = signed_in(contract)
    for path in ("/invoices/", "/invoices/export.csv", f"/invoices/{stored.ref}/", f"/invoices/{stored.ref}/pdf/"):
        assert client.get(path).status_code == 403
