import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.web.visitors import card, signed_in, words
from torhaus.subscriptions.models import Booking, Contract

pytestmark = pytest.mark.usefixtures("stopped_clock")

TODAY = people.NOON.date()
START = date(2026, 4, 1)


@pytest.fixture
def contract(db):
    people.vendor()
    return people.contract(people.customer())


def page(contract, language="en", query=""):
    answer = signed_in(contract, language).get("/subscription/" + query)
    assert answer.status_code == 200
    return answer


def rows(answer) -> list[str]:
    """The products table, line by line."""
    body = answer.content.decode()
    table = body[body.index("<tbody") : body.index("</tbody>")]
    found = [re.sub(r"<[^>]+>", " ", row) for row in table.split("<tr")[1:]]
    return [" ".join(row.partition(">")[2].split()) for row in found]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            (
                "Contract no. V-2026-001 Customer Nordwind Logistik GmbH Customer no. 10482 Type Subscription Status Active "
                "Subscription term 12 months Start 2026-04-01 End 2027-03-31 129 days left Auto renewal Yes"
            ),
        ),
        (
            "de",
            (
                "Vertragsnr. V-2026-001 Kunde Nordwind Logistik GmbH Kundennr. 10482 Art Abonnement Status Aktiv "
                "Laufzeit 12 Monate Beginn 01.04.2026 Ende 31.03.2027 noch 129 Tage Automatische Verlängerung Ja"
            ),
        ),
    ],
)
def test_B13_subscription_shows_number_customer_type_status_term_start_end_renewal(contract, language, expected):
    assert expected in words(page(contract, language))
    with scopes_disabled():
        stored = Contract.objects.get()
    assert (stored.number, stored.term_months, stored.auto_renews) == ("V-2026-001", 12, True)
    assert (stored.starts_on, stored.ends_on) == (date(2026, 4, 1), date(2027, 3, 31))


def test_B13_an_end_that_has_passed_is_shown_as_the_running_terms(db):
    people.vendor()
    contract = people.contract(people.customer(), starts_on=date(2020, 4, 1), ends_on=date(2021, 3, 31))
    assert "Start 2020-04-01 End 2027-03-31 129 days left" in words(page(contract))
    with scopes_disabled():
        assert Contract.objects.get().ends_on == date(2021, 3, 31)


@pytest.mark.parametrize(
    ("months", "english", "german"),
    [
        (1, "1 month", "1 Monat"),
        (12, "12 months", "12 Monate"),
        (36, "3 years", "3 Jahre"),
        (18, "18 months", "18 Monate"),
    ],
)
def test_B13_the_term_has_its_proper_plural(db, months, english, german):
    people.vendor()
    ends = {1: date(2026, 11, 30), 12: date(2027, 3, 31), 18: date(2027, 9, 30), 36: date(2029, 3, 31)}[months]
    contract = people.contract(people.customer(), term_months=months, ends_on=ends)
    assert f"Subscription term {english}" in words(page(contract))
    assert f"Laufzeit {german}" in words(page(contract, "de"))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "Medium Plan 5,000 Active 2026-04-01 –",
                "Basic Support 1 Active 2026-05-01 –",
                "Workshop Service 2 Starts later 2026-12-10 2026-12-11",
                "Old module Add-on 1 Ended 2026-04-01 2026-06-30",
            ],
        ),
        (
            "de",
            [
                "Workshop Dienstleistung 2 Beginnt später 10.12.2026 11.12.2026",
            ],
        ),
    ],
)
def test_B14_products_list_name_type_quantity_status_from_sorted_by_status(contract, language, expected):
    people.booking(
        contract,
        "old",
        name="Old module",
        item=None,
        kind="add_on",
        quantity=1,
        active_from=START,
        until=date(2026, 6, 30),
    )
    people.booking(
        contract,
        "later",
        name="Workshop",
        item=None,
        kind="service",
        quantity=2,
        active_from=date(2026, 12, 10),
        until=date(2026, 12, 11),
    )
    people.booking(contract, active_from=START)
    people.booking(
        contract,
        "support",
        item=people.item("basic", "support"),
        kind="support",
        quantity=1,
        active_from=date(2026, 5, 1),
    )
    answer = page(contract, language)
    if language == "en":
        assert rows(answer) == expected
    assert set(expected) <= set(rows(answer))
    assert 'aria-sort="ascending"' in answer.content.decode()
    with scopes_disabled():
        assert Booking.objects.count() == 4


@pytest.mark.parametrize(
    ("sort", "first", "direction"),
    [
        ("name", "Alpha", "ascending"),
        ("-name", "Medium", "descending"),
        ("quantity", "Alpha", "ascending"),
        ("-quantity", "Medium", "descending"),
        ("kind", "Alpha", "ascending"),
        ("-kind", "Medium", "descending"),
        ("from", "Alpha", "ascending"),
        ("-from", "Medium", "descending"),
        ("until", "Alpha", "ascending"),
        ("-until", "Medium", "descending"),
        ("-status", "Alpha", "descending"),
    ],
)
def test_B14_products_are_sortable_by_link(contract, sort, first, direction):
    people.booking(contract, active_from=START)
    people.booking(contract, "a", name="Alpha", item=None, kind="add_on", quantity=1, until=TODAY - timedelta(days=1))
    client = signed_in(contract)
    body = client.get("/subscription/").content.decode()
    answer = client.get(f"/subscription/?sort={sort}")
    assert rows(answer)[0].startswith(first)
    assert f'aria-sort="{direction}"' in answer.content.decode()
    assert answer.content.decode().count("aria-sort") == 1
    assert f'href="?sort={sort.removeprefix("-")}"' in body.replace('href="?sort=-status"', 'href="?sort=status"')


@pytest.mark.parametrize("sort", ["evil", "--name", "", "x" * 10_001, "<script>", "%00", "name&sort=evil", "-"])
def test_nonsense_as_order_is_the_default_order(contract, sort):
    people.booking(contract)
    answer = page(contract, query=f"?sort={sort}")
    assert "Medium" in rows(answer)[0]
    assert "<script>" not in words(answer)


def test_B15_a_missing_active_from_shows_a_dash(contract):
    people.booking(contract, active_from=None)
    assert rows(page(contract)) == ["Medium Plan 5,000 Active – –"]
    with scopes_disabled():
        assert Booking.objects.get().active_from is None


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", ("Type Evaluation", "Auto renewal No")), ("de", ("Art Testphase", "Automatische Verlängerung Nein"))],
)
def test_B16_an_evaluation_shows_auto_renewal_no(db, language, expected):
    people.vendor()
    fields = {"kind": "evaluation", "auto_renews": False, "term_months": 1}
    contract = people.contract(people.customer(), starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30), **fields)
    shown = words(page(contract, language))
    for text in expected:
        assert text in shown
    assert "Cancel by" not in shown
    with scopes_disabled():
        assert Contract.objects.get().auto_renews is False


@pytest.mark.parametrize(("language", "heading"), [("en", "Need help?"), ("de", "Brauchen Sie Hilfe?")])
def test_B17_sales_phone_and_mail_appear(contract, language, heading):
    answer = page(contract, language)
    shown = card(answer, "need-help")
    assert shown.startswith(heading)
    assert "Sales team" in shown
    assert 'href="tel:+49211123450"' in answer.content.decode()
    assert 'href="mailto:sales@acme.example"' in answer.content.decode()


def test_B17_without_sales_contacts_the_vendors_mail_stands_in(contract):
    people.vendor(sales_phone="", sales_mail="", sales_name="")
    answer = page(contract)
    assert 'href="mailto:hello@acme.example"' in answer.content.decode()
    assert "tel:" not in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "english", "german"),
    [
        (
            {},
            "Notice period 30 days before the end of the term Cancel by 2027-03-01 to end the contract on 2027-03-31",
            "Kündigungsfrist 30 Tage vor Ende der Laufzeit Kündbar bis 01.03.2027 zum 31.03.2027",
        ),
        (
            {"term_months": 1, "ends_on": date(2026, 4, 30)},
            "Notice period 14 days before the end of the term Cancel by 2026-12-17 to end the contract on 2026-12-31",
            "Kündigungsfrist 14 Tage vor Ende der Laufzeit Kündbar bis 17.12.2026 zum 31.12.2026",
        ),
        (
            {"notice_days": 1},
            "Notice period 1 day before the end of the term Cancel by 2027-03-30 to end the contract on 2027-03-31",
            "Kündigungsfrist 1 Tag vor Ende der Laufzeit Kündbar bis 30.03.2027 zum 31.03.2027",
        ),
    ],
)
def test_B96_notice_and_the_last_day_to_cancel(db, fields, english, german):
    people.vendor()
    contract = people.contract(people.customer(), **fields)
    assert english in words(page(contract))
    assert german in words(page(contract, "de"))
    with scopes_disabled():
        assert Contract.objects.get().notice_days == fields.get("notice_days")


def test_B96_what_is_cancelled_says_to_when(db):
    people.vendor()
    contract = people.contract(people.customer(), cancelled_to=date(2027, 3, 31))
    shown = words(page(contract))
    assert "Status Cancelled (ends on 2027-03-31)" in shown
    assert "Cancelled to 2027-03-31" in shown
    assert "Cancel by" not in shown
    assert "Next invoice" not in shown


def test_an_ended_contract_has_no_active_product_and_no_negative_days(db):
    people.vendor()
    contract = people.contract(
        people.customer(), starts_on=date(2025, 1, 1), auto_renews=False, ends_on=TODAY - timedelta(days=271)
    )
    people.booking(contract, active_from=START)
    answer = page(contract)
    assert "Status Ended" in words(answer)
    assert "Ended" in rows(answer)[0]
    assert "left" not in words(answer)


def test_a_later_booking_replaces_from_its_own_day_and_history_tells_all(contract):
    earlier = people.NOON - timedelta(days=100)
    people.booking(contract, quantity=4000, active_from=START, booked_at=earlier)
    people.booking(contract, quantity=5000, active_from=date(2026, 6, 1))
    people.booking(contract, quantity=9000, active_from=date(2027, 4, 1))
    answer = page(contract)
    assert rows(answer) == [
        "Medium Plan 5,000 Active 2026-06-01 2027-03-31",
        "Medium Plan 9,000 Starts later 2027-04-01 –",
    ]
    shown = card(answer, "changes")
    assert "Medium: quantity changed from 5,000 to 9,000 from 2027-04-01 · recorded 2026-11-22" in shown
    assert "Medium: quantity changed from 4,000 to 5,000 from 2026-06-01" in shown
    assert shown.rstrip().endswith("Medium booked: 4,000 from 2026-04-01 · recorded 2026-08-14")
    assert "Medium: Menge von 4.000 auf 5.000 geändert" in card(page(contract, "de"), "changes")
    with scopes_disabled():
        assert [booking.quantity for booking in Booking.objects.order_by("pk")] == [4000, 5000, 9000]


def test_history_names_an_exchange_and_an_end(contract):
    people.booking(contract, active_from=START)
    people.booking(contract, item=people.item("large"), active_from=date(2026, 7, 1))
    people.booking(contract, item=people.item("large"), quantity=0, active_from=date(2026, 12, 1))
    shown = card(page(contract), "changes")
    assert "Medium replaced by Large: 5,000" in shown
    assert "Large ended last day 2026-11-30" in shown
    assert rows(page(contract)) == ["Large Plan 5,000 Active 2026-07-01 2026-11-30"]


def test_without_products_the_page_says_so(contract):
    shown = words(page(contract))
    assert "No products yet" in shown
    assert "No changes yet" in shown


def test_a_name_with_markup_is_text(contract):
    people.booking(contract, name="<script>alert(1)</script>", item=None)
    body = page(contract).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)" in body


def test_the_number_of_queries_does_not_grow(contract):
    people.booking(contract)
    client = signed_in(contract)
    client.get("/subscription/")
    with CaptureQueriesContext(connection) as few:
        client.get("/subscription/")
    for n in range(200):
        people.booking(contract, f"line {n}", item=people.item(f"item-{n}", "add_on"), kind="add_on")
    with CaptureQueriesContext(connection) as many:
        answer = client.get("/subscription/")
    assert len(few) == len(many) <= 12
    assert "151 older changes are not shown." in words(answer)


def test_only_reading_is_allowed(contract):
    assert signed_in(contract).post("/subscription/").status_code == 405
