"""Staff create contracts and add bookings: reviewed first, appended once, and never changed."""

import re
from datetime import date

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from torhaus.journeys.view_as_customer import view_as_customer
from torhaus.subscriptions.models import Booking, Contract

NEW = {
    "number": "V-9",
    "product": "acme",
    "kind": "perpetual",
    "starts_on": "2026-05-01",
    "term_months": "",
    "ends_on": "",
    "notice_days": "",
}


def test_a_contract_is_created_once(world, sign_in):
    client, url = sign_in("sales"), f"/staff/customers/{world.customer.ref}/contracts/new/"
    answer = client.post(url, NEW)
    assert answer.status_code == 302
    assert "unlimited" in client.get(answer["Location"]).content.decode()
    again = client.post(url, NEW)
    assert again.status_code == 422
    assert "Another contract has this number" in again.content.decode()
    [record] = records("create_contract")
    assert (record.customer_ref, record.after["ends_on"]) == (world.customer.ref, None)


def test_the_last_day_follows_from_first_day_and_term(world, sign_in):
    url = f"/staff/customers/{world.customer.ref}/contracts/new/"
    sign_in("sales").post(url, NEW | {"kind": "subscription", "term_months": "12", "auto_renews": "on"})
    with scopes_disabled():
        contract = Contract.objects.get(number="V-9")
    assert (contract.ends_on, contract.auto_renews) == (date(2027, 4, 30), True)


def test_maintenance_life_of_files_and_grace_are_agreed_recorded_and_shown(world, sign_in):
    client, url = sign_in("sales"), f"/staff/customers/{world.customer.ref}/contracts/new/"
    terms = {"maintenance_until": "2028-02-29", "offline_days": "90", "grace_days": "0"}
    page = client.get(client.post(url, NEW | terms)["Location"]).content.decode()
    with scopes_disabled():
        contract = Contract.objects.get(number="V-9")
    assert (contract.maintenance_until, contract.offline_days, contract.grace_days) == (date(2028, 2, 29), 90, 0)
    [record] = records("create_contract")
    assert {name: record.after[name] for name in terms} == {**terms, "offline_days": 90, "grace_days": 0}
    for shown in ("2028-02-29", "90 days", "0 days"):
        assert shown in page
    for wrong in ({"offline_days": "0"}, {"grace_days": "-1"}, {"maintenance_until": "1500-01-01"}):
        assert client.post(url, NEW | {"number": "V-10"} | wrong).status_code == 422


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "subscription"}, "Only a perpetual licence has no end"),
        ({"kind": "evaluation", "term_months": "1", "auto_renews": "on"}, "An evaluation ends by itself"),
        ({"auto_renews": "on", "ends_on": "2027-01-01"}, "A contract that renews needs a term"),
        ({"ends_on": "2026-04-30"}, "lies before the first"),
        ({"starts_on": "31.02.2026"}, "Enter a day that exists"),
    ],
)
def test_what_cannot_be_agreed_is_refused(world, sign_in, changes, says):
    answer = sign_in("sales").post(f"/staff/customers/{world.customer.ref}/contracts/new/", NEW | changes)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    with scopes_disabled():
        assert Contract.objects.count() == 1


def form(client, contract, **values):
    """What the booking form sends, with the hidden value of the page."""
    url = f"/staff/contracts/{contract.ref}/bookings/new/"
    seen = re.search(r'name="last_seen" value="(\d+)"', client.get(url).content.decode())[1]
    empty = dict.fromkeys(("line", "item", "name", "kind", "active_from", "until"), "")
    return url, empty | {"quantity": "1", "last_seen": seen} | values


def bookings():
    with scopes_disabled():
        return list(Booking.objects.order_by("pk"))


def test_a_contract_tells_what_happened_and_who_did_it_however_much_came_after(world, sign_in):
    client = sign_in("sales")
    client.post(f"/staff/contracts/{world.contract.ref}/view/")
    client.post("/staff/view/end/")
    beside = people.contract(world.customer, number="V-2026-002")
    for _again in range(70):
        view_as_customer(contract_ref=beside.ref, by=people.SYSTEM)
    body = client.get(f"/staff/contracts/{world.contract.ref}/").content.decode()
    assert body.count("Portal seen by staff") == 1
    assert f">{client.user.mail}</td>" in body


def test_a_booking_is_reviewed_and_then_added(world, sign_in):
    client = sign_in("sales")
    url, data = form(client, world.contract, line="plan", quantity="10000", active_from="2027-01-01")
    review = client.post(url, data | {"step": "review"})
    body = review.content.decode()
    assert review.status_code == 200
    assert "5,000" in body, "what is there today"
    assert "10,000" in body, "what will be"
    assert "2027-01-01" in body
    assert len(bookings()) == 1, "nothing is written before the confirmation"
    assert client.post(url, data | {"step": "confirm"}).status_code == 302
    [old, new] = bookings()
    assert (new.line, new.item_id, new.quantity, new.active_from) == ("plan", old.item_id, 10000, date(2027, 1, 1))
    [record] = records("add_booking")
    assert (record.before["quantity"], record.after["quantity"]) == (5000, 10000)
    with scopes_disabled():
        assert Contract.objects.get(pk=world.contract.pk).revision == 1


def test_confirming_twice_books_once_and_explains(world, sign_in):
    client = sign_in("sales")
    url, data = form(client, world.contract, name="Workshop day", kind="service")
    assert client.post(url, data | {"step": "confirm"}).status_code == 302
    again = client.post(url, data | {"step": "confirm"})
    assert again.status_code == 422
    assert "Nothing was added now" in again.content.decode()
    assert "Workshop day" in again.content.decode(), "what was entered is kept"
    assert [b.line for b in bookings()] == ["plan", "workshop-day"]


def test_a_new_line_gets_a_name_no_other_line_has(world, sign_in):
    people.booking(world.contract, line="medium")
    client = sign_in("sales")
    url, data = form(client, world.contract, item="medium")
    client.post(url, data | {"step": "confirm"})
    assert bookings()[-1].line == "medium-2"


def test_change_it_leads_back_with_what_was_entered(world, sign_in):
    client = sign_in("sales")
    url, data = form(client, world.contract, line="plan", quantity="77")
    answer = client.post(url, data | {"step": "change"})
    assert answer.status_code == 200
    assert 'value="77"' in answer.content.decode()
    assert len(bookings()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"line": "plan", "quantity": "-1"},
        {"line": "plan", "quantity": "1.000"},
        {"line": "plan", "quantity": "9" * 30},
        {"line": "plan", "quantity": ""},
        {"line": "no-such-line"},
        {"item": "no-such-item"},
        {"item": "medium", "name": "both"},
        {"name": "without a kind"},
        {"name": "x" * 10001, "kind": "service"},
        {"name": "a\x00b", "kind": "service"},
        {},
        {"line": "plan", "active_from": "2026-05-02", "until": "2026-05-01"},
        {"line": "plan", "last_seen": "nonsense"},
        {"line": "plan", "last_seen": "0"},
    ],
)
def test_nonsense_books_nothing(world, sign_in, changes):
    client = sign_in("sales")
    url, data = form(client, world.contract, **changes)
    answer = client.post(url, data | {"step": "confirm"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert len(bookings()) == 1


def test_R21_extra_fields_change_nothing(world, sign_in):
    client = sign_in("sales")
    url, data = form(client, world.contract, line="plan", quantity="6")
    client.post(url, data | {"step": "confirm", "contract": "x", "booked_at": "2000-01-01", "kind_": "x", "price": "1"})
    assert bookings()[-1].booked_at.year > 2000
    assert bookings()[-1].contract_id == world.contract.pk


def test_markup_in_a_name_is_only_text(world, sign_in):
    client = sign_in("sales")
    url, data = form(client, world.contract, name="<script>é</script>", kind="service")
    assert "<script>é" not in client.post(url, data | {"step": "review"}).content.decode()
    client.post(url, data | {"step": "confirm"})
    body = client.get(f"/staff/contracts/{world.contract.ref}/").content.decode()
    assert "&lt;script&gt;é" in body
    assert "<script>é" not in body
