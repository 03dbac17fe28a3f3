from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.web.visitors import card, signed_in, words
from torhaus.billing.models import Invoice
from torhaus.records.models import Record
from torhaus.releases.models import Release
from torhaus.vendor.actions import create_signing_key

pytestmark = pytest.mark.usefixtures("stopped_clock")

TODAY = people.NOON.date()
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def contract(db):
    people.vendor()
    return people.contract(people.customer())


def dashboard(contract, language="en"):
    answer = signed_in(contract, language).get("/dashboard/")
    assert answer.status_code == 200
    return answer


def attention(contract, language="en") -> str:
    return card(dashboard(contract, language), "todo")


# B10


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Latest version 34.1", "Installation package (184 MB)", "Update package (61 MB)", "2026-11-10"]),
        ("de", ["Aktuelle Version 34.1", "Installationspaket (184 MB)", "Updatepaket (61 MB)", "10.11.2026"]),
    ],
)
def test_B10_dashboard_names_the_latest_version_with_installation_and_update(contract, language, expected):
    people.release("9.9", published_on=date(2026, 11, 20))  # a late fix of an old version
    people.release("34.1")
    people.release("34.2", published_on=date(2026, 11, 23))  # tomorrow
    people.release("35.0", channel="beta")
    answer = dashboard(contract, language)
    shown = card(answer, "version")
    for text in expected:
        assert text in shown
    stored = Release.objects.get(version="34.1")
    for package in stored.packages:
        assert f'href="{package["url"]}"' in answer.content.decode()
        assert package["sha256"] in shown


def test_B10_a_package_without_address_is_named_but_not_linked(contract):
    bare = [{"kind": "installation", "bytes": 5_250_000_000}, {"kind": "update", "url": "javascript:alert(1)"}]
    people.release(packages=bare)
    answer = dashboard(contract)
    assert "Installation package (5.2 GB)" in card(answer, "version")
    assert "javascript:" not in answer.content.decode()


def test_without_any_version_the_card_says_so(contract):
    people.release(product=people.product("other"))
    assert "No version published yet" in card(dashboard(contract), "version")
    people.release("35.0", packages=[])
    assert "ask our support" in card(dashboard(contract), "version")


# B11, B12


@pytest.mark.parametrize(
    ("language", "late", "due"), [("en", "Overdue", "due 2026-11-28"), ("de", "Überfällig", "fällig am 28.11.2026")]
)
def test_B11_open_invoices_lists_only_unpaid_invoices(contract, language, late, due):
    for state in ("paid", "cancelled", "credited"):
        people.invoice(contract.customer, f"RG-{state}", state=state)
    people.invoice(contract.customer, "RG-open")
    people.invoice(contract.customer, "RG-late", due_on=TODAY - timedelta(days=1), gross_cents=100)
    answer = dashboard(contract, language)
    shown = card(answer, "open-invoices")
    assert "RG-open" in shown
    assert "RG-late" in shown
    assert late in shown
    assert due in shown
    for state in ("paid", "cancelled", "credited"):
        assert f"RG-{state}" not in words(answer)
    with scopes_disabled():
        unpaid = Invoice.objects.filter(state="open")
        assert {invoice.number for invoice in unpaid} == {"RG-open", "RG-late"}
        assert sum(invoice.gross_cents for invoice in unpaid) == 197164
    assert ("€1,971.64" if language == "en" else "1.971,64 €") in words(answer)


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "No open invoices There is nothing to pay"), ("de", "Keine offenen Rechnungen")]
)
def test_B12_with_none_open_an_empty_state_appears(contract, language, expected):
    people.invoice(contract.customer, "RG-paid", state="paid")
    answer = dashboard(contract, language)
    assert expected in card(answer, "open-invoices")
    with scopes_disabled():
        assert not Invoice.objects.filter(state="open").exists()


def test_amounts_of_two_currencies_are_not_added_up(contract):
    people.invoice(contract.customer, "RG-1")
    people.invoice(contract.customer, "RG-2", currency="CHF", gross_cents=5000)
    shown = words(dashboard(contract))
    assert "€1,970.64" in shown
    assert "CHF 50.00" in shown
    assert "2 open" in shown


def test_invoices_of_the_customers_other_contract_are_not_shown(contract):
    other = people.contract(contract.customer, "V-2026-002")
    people.invoice(contract.customer, "RG-other", origin=other.number)
    people.invoice(contract.customer, "RG-mine", origin=contract.number)
    people.invoice(contract.customer, "RG-both", origin="")
    shown = words(dashboard(contract))
    assert "RG-mine" in shown
    assert "RG-both" in shown
    assert "RG-other" not in shown


def test_without_the_right_to_invoices_none_is_named(contract):
    people.vendor(token_sees_invoices=False)
    people.invoice(contract.customer)
    answer = dashboard(contract)
    assert "RG-2026-0412" not in words(answer)
    assert "/invoices/" not in answer.content.decode()


# Needs your attention


def test_nothing_to_do_says_so(contract):
    assert "Nothing to do" in attention(contract)
    assert "Nichts zu tun" in attention(contract, "de")


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        (6, "Invoice RG-2026-0412 is due in 6 days", "Rechnung RG-2026-0412 ist in 6 Tagen fällig"),
        (1, "Invoice RG-2026-0412 is due in 1 day ", "Rechnung RG-2026-0412 ist in 1 Tag fällig"),
        (0, "Invoice RG-2026-0412 is due today", "Rechnung RG-2026-0412 ist heute fällig"),
        (-1, "Invoice RG-2026-0412 is 1 day overdue", "Rechnung RG-2026-0412 ist seit 1 Tag überfällig"),
        (-271, "Invoice RG-2026-0412 is 271 days overdue", "seit 271 Tagen überfällig"),
    ],
)
def test_an_invoice_says_when_it_is_due_never_in_negative_days(contract, days, english, german):
    people.invoice(contract.customer, due_on=TODAY + timedelta(days=days))
    assert english in attention(contract)
    assert german in attention(contract, "de")
    assert " -" not in attention(contract)


def test_an_invoice_due_far_ahead_or_without_due_date_is_no_task(contract):
    people.invoice(contract.customer, "RG-1", due_on=TODAY + timedelta(days=15))
    people.invoice(contract.customer, "RG-2", due_on=None)
    assert "Nothing to do" in attention(contract)


def test_many_overdue_invoices_are_one_task(contract):
    for n in range(7):
        people.invoice(contract.customer, f"RG-{n}", due_on=TODAY - timedelta(days=n + 1))
    answer = dashboard(contract)
    assert "7 invoices are overdue" in card(answer, "todo")
    assert card(answer, "todo").startswith("Needs your attention 1 item")
    assert 'href="/invoices/?status=overdue"' in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"auto_renews": False, "ends_on": TODAY + timedelta(days=60)}, "Your subscription ends in 60 days"),
        ({"auto_renews": False, "ends_on": TODAY + timedelta(days=61)}, "Nothing to do"),
        ({"auto_renews": False, "ends_on": TODAY}, "Your subscription ends today"),
        ({"auto_renews": False, "ends_on": TODAY - timedelta(days=271)}, "Your subscription has ended"),
        ({"cancelled_to": TODAY + timedelta(days=1)}, "Your subscription ends in 1 day 2026-11-23 · It is cancelled."),
        ({"suspended": True}, "Your subscription is suspended"),
        (
            {"starts_on": TODAY + timedelta(days=3), "ends_on": TODAY + timedelta(days=367)},
            "Your subscription starts in 3 days",
        ),
        ({"ends_on": TODAY + timedelta(days=31)}, "1 day left to cancel for this term"),
        ({"ends_on": TODAY + timedelta(days=30)}, "Today is the last day to cancel for this term"),
        ({"ends_on": TODAY + timedelta(days=29)}, "Nothing to do"),
    ],
)
def test_the_term_is_told_when_it_needs_something(db, fields, expected):
    people.vendor()
    contract = people.contract(people.customer(), **{"starts_on": date(2025, 1, 1)} | fields)
    assert expected in attention(contract)


def test_an_evaluation_says_when_it_ends(db):
    people.vendor()
    fields = {"kind": "evaluation", "auto_renews": False, "term_months": 1, "starts_on": date(2026, 10, 27)}
    contract = people.contract(people.customer(), ends_on=TODAY + timedelta(days=4), **fields)
    assert "Your evaluation ends in 4 days" in attention(contract)
    assert "Ihre Testphase endet in 4 Tagen" in attention(contract, "de")


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (3999, "Nothing to do"),
        (4000, "Objects: 80 % of the allowance is used"),
        (4999, "Objects: 99 % of the allowance is used"),
        (5000, "Objects: the allowance is used up"),
        (5120, "Objects: 120 more than your subscription allows"),
    ],
)
def test_an_allowance_nearly_used_is_told_from_80_percent(contract, used, expected):
    people.allowance(people.item())
    people.booking(contract, active_from=date(2026, 4, 1))
    people.reading(contract, TODAY - timedelta(days=2), used)
    assert expected in attention(contract)


def test_a_new_version_is_told_for_six_weeks_and_security_before_the_rest(contract):
    people.release(published_on=TODAY - timedelta(weeks=6, days=1))
    assert "Nothing to do" in attention(contract)
    people.release("34.2", published_on=TODAY - timedelta(weeks=6), security=True)
    assert "Version 34.2 is available" in attention(contract)
    assert "security update" in attention(contract)
    assert "Sicherheitsupdate" in attention(contract, "de")


def test_tasks_stand_in_order_of_urgency(contract):
    people.release()
    people.invoice(contract.customer)
    people.allowance(people.item())
    people.booking(contract)
    people.reading(contract, TODAY, 9000)
    shown = attention(contract)
    assert shown.startswith("Needs your attention 3 items")
    assert shown.index("4,000 more than") < shown.index("is due in") < shown.index("is available")


# Cards


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Active 129 days of the term left Renews on 2027-04-01 · list price €1,254.00 net"),
        ("de", "Aktiv Noch 129 Tage Laufzeit Verlängert sich am 01.04.2027 · Listenpreis 1.254,00 € netto"),
    ],
)
def test_the_subscription_card_tells_plan_term_and_renewal(contract, language, expected):
    people.price(people.item())
    people.booking(contract)
    assert f"Medium {expected}" in words(dashboard(contract, language))


def test_no_price_is_invented(contract):
    people.price(people.item())
    people.booking(contract)
    people.booking(contract, "support", item=people.item("support", "support"), kind="support")
    shown = words(dashboard(contract))
    assert "Renews on 2027-04-01" in shown
    assert "list price" not in shown


def test_a_contract_without_end_is_unlimited(db):
    people.vendor()
    fields = {"kind": "perpetual", "auto_renews": False, "term_months": None, "ends_on": None}
    shown = words(dashboard(people.contract(people.customer(), **fields)))
    assert "Unlimited" in shown
    assert "left" not in shown
    assert "Renews" not in shown


def test_meters_show_what_bookings_allow_and_products_reported(contract):
    plan, pack = people.item(), people.item("pack", "add_on")
    storage = people.meter("storage", name={"": "Storage"}, unit={"": "GB"})
    people.allowance(plan)
    people.allowance(pack, 500, per_unit=False)
    people.allowance(pack, 20, meter=storage)
    people.booking(contract)
    people.booking(contract, "pack", item=pack, kind="add_on", quantity=3)
    people.reading(contract, date(2026, 10, 30), 4000)
    people.reading(contract, date(2026, 11, 20), 3110)
    shown = words(dashboard(contract))
    assert "Objects 3,110 of 5,500 Reported 2026-11-20" in shown
    assert "Storage 60 GB included No usage reported yet" in shown


def test_the_chart_has_a_table_and_no_style(contract):
    people.allowance(people.item())
    people.booking(contract)
    assert 'class="chart"' not in dashboard(contract).content.decode()
    for month in range(1, 12):
        people.reading(contract, date(2026, month, 3), 1)
        people.reading(contract, date(2026, month, 20), 1000 + month)
    people.reading(contract, date(2025, 11, 30), 7)  # a year ago: not among the last twelve months
    answer = dashboard(contract)
    shown = card(answer, "use")
    assert "01/26 1,001 02/26 1,002" in shown
    assert "11/26 1,011" in shown
    assert "11/25" not in shown
    assert "Objects: 1,001 in 01/26, 1,011 in 11/26; the allowance is 5,000." in answer.content.decode()
    assert "style=" not in answer.content.decode()


def test_recent_activity_says_what_was_done_without_names_of_staff(contract):
    staff = people.staff(mail="mara@acme.example")
    other = people.contract(contract.customer, "V-2026-002")
    people.token(other)
    client = signed_in(contract)
    client.get("/dashboard/")
    shown = card(client.get("/dashboard/"), "activity")
    assert shown.count("A licence token was issued") == 1
    assert "Signed in with a licence token 2026-11-22 12:00" in shown
    assert staff.name not in shown
    assert "mara@" not in shown
    with scopes_disabled():
        assert Record.objects.filter(deed="issue_token").count() == 2


def test_twelve_queries_at_most_whatever_there_is(contract):
    people.allowance(people.item())
    people.price(people.item())
    people.release()
    people.booking(contract)
    people.reading(contract, TODAY, 4000)
    people.invoice(contract.customer)
    create_signing_key(by=people.SYSTEM)
    client = signed_in(contract)
    assert client.post("/licence/issue/").status_code == 302
    client.get("/dashboard/")
    with CaptureQueriesContext(connection) as few:
        client.get("/dashboard/")
    for n in range(200):
        people.invoice(contract.customer, f"RG-{n}", due_on=TODAY - timedelta(days=n))
    for n in range(20):
        people.booking(contract, f"line {n}", item=people.item(f"item-{n}", "add_on"), kind="add_on")
        people.reading(contract, TODAY - timedelta(days=30 * n + 1), n)
    with CaptureQueriesContext(connection) as many:
        client.get("/dashboard/")
    assert len(few) == len(many) <= 12, "\n".join(query["sql"] for query in many)


@LANGUAGES
def test_a_bare_contract_has_no_dangling_label(contract, language):
    shown = words(dashboard(contract, language))
    for fault in ("None", "()", "· ·", ": ·", "{{", "%("):
        assert fault not in shown
