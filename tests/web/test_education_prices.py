"""What education terms do to the price of more licences by the list, and how products hear of them."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import people
from tests.api.program import ask, fine
from tests.doors import staff_client
from tests.web import education as edu
from tests.web.test_price_plan import inside
from tests.web.test_request_booking import entered
from tests.web.test_request_booking import requests as booking_requests
from tests.web.visitors import words
from torhaus.core import clock

BOOK = "/settings/account/book/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock_and_own_files")]


@pytest.fixture
def contract():
    return edu.contract()


def granted(contract, ends_on, percent=40):
    """A browser of the owner's, of a contract with education terms."""
    owner = inside(contract)
    edu.grant(staff_client(people.staff("sales")), edu.ask(owner), ends_on, percent)
    return owner


def test_the_preview_is_less_by_what_was_agreed_and_says_so(contract):
    owner = granted(contract, "2027-11-21")
    review = words(owner.post(BOOK, entered(step="review")))
    assert "3 more, 130 of 365 days €390.00 Education terms, 40 % −€156.00 Together €234.00" in review
    assert "Then €1,533.00 for each term, for all 7" in review
    as_long = "That is with 40 % for education terms, as long as they hold: now until 2027-11-21"
    assert f"{as_long} . Without them it is €2,555.00." in review.replace("2027-11-21.", "2027-11-21 .")
    assert owner.post(BOOK, entered()).status_code == 302
    (row,) = booking_requests()
    assert (row.now_cents, row.then_cents, row.percent, row.then_percent) == (39000, 255500, 40, 40)
    assert row.education_until == date(2027, 11, 21)
    shown = words(staff_client(people.staff("administrator")).get(f"/staff/requests/{row.ref}/"))
    assert "€390.00 less 40 % (education terms)" in shown
    assert "€2,555.00 less 40 % (education terms), as long as they hold: when they asked until 2027-11-21" in shown


def test_a_price_with_terms_says_in_german_until_when_and_what_it_is_without_them(contract):
    granted(contract, "2027-11-21")
    review = words(inside(contract, "administrator", "de").post(BOOK, entered(step="review")))
    as_long = "Darin sind 40 % für Bildungskonditionen abgezogen, solange sie gelten: derzeit bis"
    assert as_long in review
    assert re.search(r"21\.11\.2027 ?\. Ohne sie sind es 2\.555,00\s€\.", review), review


def test_a_term_that_begins_after_the_mark_costs_the_list_price(contract):
    owner = granted(contract, "2027-03-31")
    review = words(owner.post(BOOK, entered(step="review")))
    assert "Together €234.00" in review
    assert "Then €2,555.00 for each term" in review
    assert "That is without education terms: they end before." in review


def test_who_read_a_price_with_terms_that_lapsed_meanwhile_is_shown_the_other_first(contract):
    owner = granted(contract, "2026-11-22")
    review = owner.post(BOOK, entered(step="review")).content.decode()
    shown = re.search(r'name="shown" value="([^"]*)"', review).group(1)
    with clock.at(people.NOON + timedelta(days=1)):
        answer = inside(contract, "administrator").post(BOOK, entered(shown=shown))
        assert answer.status_code == 422
        assert "The price is another one since you saw it last" in words(answer)
        assert "Education terms," not in words(answer)
    assert booking_requests() == []


def test_without_a_percentage_the_list_price_stands(contract):
    review = words(granted(contract, "2027-11-21", 0).post(BOOK, entered(step="review")))
    assert "€390.00" in review
    assert "Education terms," not in review


def test_products_hear_of_terms_as_long_as_they_hold(contract):
    token = people.token(contract)
    assert fine(ask(token, "account"))["education"] is None
    granted(contract, "2026-12-24")
    assert fine(ask(token, "account", Accept_Language="de"))["education"] == {
        "key": "schools",
        "name": "Schulen",
        "starts_on": "2026-11-22",
        "ends_on": "2026-12-24",
    }
    with clock.at(people.NOON + timedelta(days=33)):
        assert fine(ask(token, "account"))["education"] is None


def test_no_page_costs_more_than_one_query_for_them(contract):
    owner = granted(contract, "2026-12-24")
    sales = staff_client(people.staff("administrator"))
    pages = [(owner, edu.PAGE), (owner, "/settings/account/price-plan/"), (owner, "/subscription/")]
    pages += [(owner, edu.PAGE + "ask/"), (sales, edu.STAFF), (sales, f"{edu.STAFF}{edu.requests()[0].ref}/")]
    for client, url in pages:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        assert len(queries) <= 12, (url, len(queries))
