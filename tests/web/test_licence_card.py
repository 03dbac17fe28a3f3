"""The licence in words on the subscription page: its end, what comes after it, and where to ask for more."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.usage.readings import metered
from tests.web.visitors import signed_in, words
from torhaus.core import clock
from torhaus.licensing.models import ContractPolicy

pytestmark = pytest.mark.usefixtures("stopped_clock")

TERM = {"term_months": None, "auto_renews": False}


def page(contract, language="en") -> str:
    answer = signed_in(contract, language).get("/subscription/")
    assert answer.status_code == 200
    return words(answer)


def test_B52_a_trial_shows_its_end_the_days_left_and_where_to_ask_for_an_offer(db):
    trial = metered(kind="evaluation", ends_on=date(2026, 12, 1), **TERM)
    client = signed_in(trial)
    shown = words(client.get("/subscription/"))
    assert "Your evaluation ends on 2026-12-01 , in 9 days." in shown
    assert "It never becomes a paid contract by itself. Ask for an offer" in shown
    body = client.get("/subscription/").content.decode()
    assert 'href="mailto:sales@acme.example?subject=Offer%20for%20contract%20V-2026-001"' in body
    assert "An evaluation ends by itself and never becomes a paid contract." in shown
    german = page(trial, "de")
    assert "Ihre Testphase endet am 01.12.2026 , in 9 Tagen." in german


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [
        (date(2026, 11, 22), "Your evaluation ends today."),
        (date(2026, 11, 23), "ends on 2026-11-23 , in 1 day."),
        (date(2026, 11, 21), "Your evaluation ended on 2026-11-21."),
    ],
)
def test_B52_the_days_left_are_right_at_the_edges(db, ends_on, expected):
    assert expected in page(metered(kind="evaluation", ends_on=ends_on, **TERM))


def test_B54_the_days_left_are_the_calendars_even_across_a_change_of_clocks(db):
    contract = metered(ends_on=date(2027, 3, 31))
    with clock.at(datetime(2026, 11, 22, 23, 30, tzinfo=people.BERLIN)):
        assert "Valid until 2027-03-31 (129 days left)" in page(contract)


def test_B52_the_vendors_page_for_offers_stands_before_its_mail(db):
    trial = metered(kind="evaluation", ends_on=date(2026, 12, 1), **TERM)
    people.vendor(links={"offer": "https://www.acme.example/offer"})
    assert 'href="https://www.acme.example/offer"' in signed_in(trial).get("/subscription/").content.decode()


def test_B53_a_licence_without_end_is_shown_without_one(db):
    forever = metered(kind="perpetual", ends_on=None, maintenance_until=date(2027, 6, 30), **TERM)
    shown = page(forever)
    assert "Licence type Perpetual licence" in shown
    assert "Valid until No expiry" in shown
    assert "Maintained until 2027-06-30" in shown
    assert "After the end" not in shown
    assert "Gültig bis Läuft nicht ab" in page(forever, "de")


def test_the_end_the_grace_and_what_comes_after_stand_in_words(db):
    contract = metered(grace_days=10, offline_days=90)
    with scopes_disabled():
        ContractPolicy.objects.create(
            contract=contract,
            model="floating",
            max_leases=5,
            max_installations=20,
            after_grace="stop",
            fallback=True,
            enforcement="degrade",
            offline_grace_days=7,
        )
    shown = page(contract)
    assert "Floating: at most 5 at the same time, at most 20 installations" in shown
    german = page(contract, "de")
    assert "Gleichzeitige Nutzung (Floating-Lizenz): höchstens 5 auf einmal, höchstens 20 Installationen" in german
    assert "Valid until 2027-03-31 (129 days left)" in shown
    assert "Everything goes on for 10 more days. Versions published until then go on working for good." in shown
    assert "Afterwards your product may stop working." in shown
    assert "goes on for 7 days without reaching us. An offline licence lasts up to 90 days." in shown
    assert "If the licence is not valid Your product may only allow reading." in shown


def test_where_nothing_is_booked_there_is_no_licence(db):
    people.vendor()
    assert "Licence type" not in page(people.contract(people.customer(language="en")))


def test_twelve_queries_at_most(db):
    client = signed_in(metered())
    for path in ("/subscription/", "/dashboard/"):
        client.get(path)
        with CaptureQueriesContext(connection) as found:
            client.get(path)
        assert len(found) <= 12, [query["sql"][:90] for query in found]


def test_the_licence_of_a_suspended_contract_is_said_to_be_suspended_and_whom_to_ask(db):
    contract = metered(suspended=True)
    answer = signed_in(contract).get("/subscription/")
    body = answer.content.decode()
    section = body[body.index('aria-labelledby="licence-') :].partition("</section>")[0]
    assert "Contract V-2026-001 is suspended, and its licence with it." in section
    assert "mailto:sales@acme.example" in section
    assert "Der Vertrag V-2026-001 ist gesperrt, und mit ihm die Lizenz." in page(contract, "de")
