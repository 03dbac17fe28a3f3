"""Book more licences: the new total, what comes with it and what it costs; sales decides, and both sides hear (B80)."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.seats import seating
from tests.web.test_price_plan import inside
from tests.web.visitors import words
from torhaus.catalogue.models import Plan
from torhaus.core import clock
from torhaus.notices.models import Mail
from torhaus.organisations.models import Membership
from torhaus.records.models import Record
from torhaus.subscriptions.models import Booking, BookingRequest

PAGE = "/settings/account/book/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def contract():
    made = seating.contract(full=4)
    people.price(people.item("full", "seat"), 36500, per_unit=True)
    return made


@pytest.fixture
def owner(contract):
    return inside(contract)


def entered(total="7", step="confirm", **fields) -> dict[str, str]:
    return {
        "kind": "full",
        "booked": "4",
        "total": total,
        "country": "DE",
        "vat_id": "DE 123456789",
        "step": step,
    } | fields


def requests() -> list[BookingRequest]:
    with scopes_disabled():
        return list(BookingRequest.objects.select_related("asked_by").order_by("pk"))


def mails(template) -> list[tuple[str, str]]:
    with scopes_disabled():
        return list(Mail.objects.filter(template=template).order_by("recipient").values_list("recipient", "language"))


def ask(owner) -> BookingRequest:
    assert owner.post(PAGE, entered()).status_code == 302
    return requests()[-1]


def booked(contract, kind="full") -> int:
    return seating.standing(contract)[kind].booked


def test_B79_B80_the_review_shows_total_guests_and_price_and_sends_nothing(owner):
    page = words(owner.get(PAGE))
    assert "All together, not how many more. 4 are booked now." in page
    assert "Each brings 2 × Guest seat." in page
    assert "Room seat" in page  # the other kind that is sold; guests are not
    review = words(owner.post(PAGE, entered(step="review")))
    assert "Booked now 4 In total then 7 3 more Guest seat 6 more come with it" in review
    assert "Country Germany VAT ID DE123456789" in review
    # 22 November to 31 March are 130 of 365 days: 3 × 365.00 × 130 / 365
    assert "3 more, 130 of 365 days €390.00" in review
    assert "Then €2,555.00 for each term, for all 7 , from 2027-04-01. Cancel until 2027-03-01." in review
    assert requests() == []
    assert 'value="7"' in owner.post(PAGE, entered(step="change")).content.decode()


def test_B80_a_request_becomes_a_work_item_and_both_sides_hear(owner, contract):
    found = ask(owner)
    assert (found.booked, found.total, found.country, found.vat_id) == (4, 7, "DE", "DE123456789")
    assert (found.now_cents, found.then_cents, found.currency) == (39000, 255500, "EUR")
    assert found.asked_by.mail == "owner@nordwind.example"
    assert booked(contract) == 4
    assert [one for one, _language in mails("booking_requested")] == ["owner@nordwind.example", "sales@acme.example"]
    sales = staff_client(people.staff("sales"))
    assert "1 customer asks for more licences" in words(sales.get("/staff/"))
    assert "Nordwind Logistik GmbH V-2026-001 Full seat 4 → 7" in words(sales.get("/staff/requests/"))
    shown = words(sales.get(f"/staff/requests/{found.ref}/"))
    assert "Booked when they asked 4 Booked now 4 In total then 7" in shown
    assert "€390.00" in shown
    assert "On 2026-11-22 you asked for 7 in total." in words(owner.get(PAGE))
    with scopes_disabled():
        assert Record.objects.filter(deed="request_booking").count() == 1


def last_seen() -> int:
    with scopes_disabled():
        return Booking.objects.latest("pk").pk


def test_B79_B80_sales_accepts_it_into_a_booking_once(owner, contract):
    found, sales = ask(owner), staff_client(people.staff("sales"))
    accept = f"/staff/requests/{found.ref}/accept/"
    seen = {"last_seen": last_seen()}
    assert sales.post(accept, seen).status_code == 302
    assert (booked(contract), booked(contract, "guest")) == (7, 14)
    assert len(mails("booking_decided")) == 2
    answer = sales.post(accept, seen, follow=True)
    assert "This request was decided before." in words(answer)
    assert booked(contract) == 7
    assert len(mails("booking_decided")) == 2
    assert "Accepted on" in words(sales.get(f"/staff/requests/{found.ref}/"))
    with scopes_disabled():
        assert Record.objects.filter(deed="accept_booking_request").count() == 1
        assert Booking.objects.filter(contract=contract, line="seats full").count() == 2


def test_what_was_booked_meanwhile_is_looked_at_again_before_it_is_accepted(owner, contract):
    found, sales = ask(owner), staff_client(people.staff("sales"))
    seen = {"last_seen": last_seen()}
    seating.book(contract, "room", 2)
    accept = f"/staff/requests/{found.ref}/accept/"
    assert "Something was booked on this contract meanwhile." in words(sales.post(accept, seen, follow=True))
    assert booked(contract) == 4
    assert sales.post(accept, {"last_seen": "x"}).status_code == 302
    assert booked(contract) == 4
    seating.book(contract, "full", 9)
    answer = sales.post(accept, {"last_seen": last_seen()}, follow=True)
    assert "books that many already" in words(answer)
    assert (booked(contract), requests()[0].state) == (9, "open")


def test_sales_declines_with_a_reason_that_the_customer_reads(owner, contract):
    found, sales = ask(owner), staff_client(people.staff("sales"))
    decline = f"/staff/requests/{found.ref}/decline/"
    assert sales.post(decline, {"reason": " "}).status_code == 422
    assert sales.post(decline, {"reason": "Please settle <b>RG-1</b> first."}).status_code == 302
    assert (requests()[0].state, booked(contract)) == ("declined", 4)
    with scopes_disabled():
        mail = Mail.objects.get(template="booking_decided", recipient="owner@nordwind.example")
    assert "The reason: Please settle <b>RG-1</b> first." in mail.text
    assert "<b>RG-1" not in mail.html
    assert "decided before" in words(sales.post(decline, {"reason": "again"}, follow=True))
    assert ask(owner).ref != found.ref  # one may ask anew


def test_who_was_removed_meanwhile_hears_nothing_of_the_decision(owner, contract):
    found, sales = ask(owner), staff_client(people.staff("sales"))
    with scopes_disabled():
        Membership.objects.all().delete()
    assert sales.post(f"/staff/requests/{found.ref}/decline/", {"reason": "Not for all ears."}).status_code == 302
    assert requests()[0].state == "declined"
    assert "owner@nordwind.example" not in [mail for mail, _language in mails("booking_decided")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"total": "4"}, "Enter more than the 4 that are booked."),
        ({"total": "-3"}, "Enter more than the 4 that are booked."),
        ({"total": "many"}, "Enter a whole number"),
        ({"total": ""}, "Enter how many you want to have in total."),
        ({"total": "1000001"}, "Enter a number up to 1000000."),
        ({"country": "XX"}, "Choose a country from the list."),
        ({"vat_id": "ATU12345678"}, "This is no VAT ID of that country."),
        ({"booked": "3"}, "Meanwhile 4 are booked. Nothing was sent."),
        ({"kind": "guest"}, "Nothing in your contract can be booked here."),
        ({"kind": "\x00"}, ""),
    ],
)
def test_B79_nonsense_and_stale_totals_send_nothing(owner, fields, expected):
    answer = owner.post(PAGE, entered(**fields))
    assert answer.status_code == 422
    assert expected in words(answer)
    assert requests() == []
    assert mails("booking_requested") == []


def test_another_price_than_was_shown_is_shown_first(owner, contract):
    shown = re.search(r'name="shown" value="([^"]+)"', owner.post(PAGE, entered(step="")).content.decode())[1]
    with clock.at(clock.now() + timedelta(days=1)):
        owner = inside(contract, "administrator")  # the session of yesterday is over
        answer = owner.post(PAGE, entered(shown=shown))
        assert answer.status_code == 422
        assert "The price is another one since you saw it last" in answer.content.decode()
        assert requests() == []
        now = re.search(r'name="shown" value="([^"]+)"', answer.content.decode())[1]
        assert now != shown
        assert owner.post(PAGE, entered(shown=now)).status_code == 302
    assert len(requests()) == 1


def test_repeated_and_second_tabs_send_one_request(owner):
    ask(owner)
    assert "On 2026-11-22 you asked for 7" in words(owner.post(PAGE, entered()))
    assert "On 2026-11-22 you asked for 7" in words(owner.post(PAGE, entered("9")))
    assert [one.total for one in requests()] == [7]


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_send_one_request(contract):
    clients = [inside(contract), inside(contract, "administrator")]

    def send(client) -> int:
        try:
            with clock.at(people.NOON):
                return client.post(PAGE, entered()).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, clients))
    assert set(answers) <= {200, 302}
    assert len(requests()) == 1


def test_B101_a_package_that_is_no_longer_sold_is_not_booked_here(owner):
    Plan.objects.filter(item=people.item()).update(legacy=True)
    assert "This package is no longer sold." in words(owner.get(PAGE))
    assert "Book more licences" not in words(owner.get("/settings/account/price-plan/"))
    assert owner.post(PAGE, entered()).status_code == 422
    assert requests() == []


def test_strangers_neither_ask_nor_decide(owner, contract):
    for role in ("auditor", "billing", "technical", "member"):
        client = inside(contract, role)
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE, entered()).status_code == 403
    found = ask(owner)
    for role in ("billing", "support", "release_manager"):
        assert staff_client(people.staff(role)).post(f"/staff/requests/{found.ref}/accept/").status_code == 403
    assert owner.post(f"/staff/requests/{found.ref}/accept/").status_code == 302
    other = seating.contract("V-2026-002")
    assert "you asked for" not in words(
        staff_client(people.member(other.customer, "owner", "eve@other.example").person).get(PAGE)
    )
    assert [one.state for one in requests()] == ["open"]


def test_without_a_list_price_sales_names_it(owner):
    people.item("full", "seat").prices.all().delete()
    assert "There is no list price for your term." in words(owner.post(PAGE, entered(step="review")))
    assert ask(owner).now_cents is None
