"""Who wants no more reminders of seats is not asked to say so anew: not after a release, and not of another seat."""

import json
from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine
from tests.backoffice.one_person import at_the_desk, erase
from tests.seats import seating
from tests.web.test_import_seats import HEAD, confirm
from tests.web.test_import_seats import send as upload
from tests.web.test_remind_seats import IDLE, idle, link_of, mails, opt_out, records, row, second_contract, send, work
from tests.web.test_seats import signed_in
from tests.web.visitors import words
from torhaus.accounts.erasure_requests import open_request_of
from torhaus.core import clock
from torhaus.journeys.tasks import tend_temporary_seats
from torhaus.seats.models import ReminderRefusal, Seat
from torhaus.seats.reassign_seat import reassign_seat
from torhaus.seats.report_seats import SeatSaid, report_seats
from torhaus.subscriptions.models import Contract

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock_and_own_files")]
BEN, LATER = "ben@nordwind.example", people.NOON + timedelta(days=120)


@pytest.fixture
def contract(db):
    return seating.contract(full=8)


def refusals() -> list[ReminderRefusal]:
    with scopes_disabled():
        return list(ReminderRefusal.objects.select_related("customer"))


def held_by(mail=BEN) -> Seat:
    with scopes_disabled():
        return Seat.objects.select_related("contract__customer").filter(mail=mail, released_at=None).latest("pk")


def seen(seat: Seat, days=100) -> None:
    """The product saw the holder of a seat so many days before LATER."""
    said = [SeatSaid(seat.ref, LATER - timedelta(days=days))]
    report_seats(contract_ref=seat.contract.ref, said=said, by=people.SYSTEM)


def release(client, seat: Seat) -> None:
    assert client.post(f"/seats/{seat.ref}/release/").status_code == 303


def on_the_page(of: Contract) -> None:
    answer = signed_in(of).post("/seats/assign/", {"kind": "full", "name": "Ben", "mail": "Ben@Nordwind.example"})
    assert answer.status_code == 303


def by_a_file(of: Contract) -> None:
    client = signed_in(of)
    shown = upload(client, HEAD + "full;cleo@nordwind.example;Cleo;;\nfull;BEN@nordwind.example;Ben;;\n")
    assert confirm(client, shown).status_code in {302, 303}


def by_the_product(of: Contract) -> None:
    fine(ask(people.token(of), "seats/assign", {"kind": "full", "name": "Ben", "mail": BEN}), 201)


def by_handing_one_over(of: Contract) -> None:
    other = seating.assign(of, "cleo")
    answer = signed_in(of).post(f"/seats/{other.ref}/reassign/", {"name": "Ben", "mail": BEN})
    assert answer.status_code in {200, 303}, answer.content.decode()[-2000:]


@pytest.mark.parametrize("assigned", [on_the_page, by_a_file, by_the_product, by_handing_one_over])
def test_who_refused_reminders_is_not_reminded_of_a_seat_that_is_given_to_them_later(contract, assigned):
    seat = idle(contract, "ben")
    opt_out(contract, seat)
    release(signed_in(contract), seat)
    with clock.at(people.NOON + timedelta(days=10)):
        assigned(contract)
        now = held_by()
        assert (now.pk != seat.pk, now.wants_reminders) == (True, False)
    with clock.at(LATER):
        seen(now)
        client = signed_in(contract)
        assert "1 holder wants no more reminders." in words(client.get(IDLE))
        assert "the holder wants none" in words(client.get(f"/seats/{now.ref}/"))
        send(client)
        work()
    assert [one.recipient for one in mails()].count(BEN) == 1, "the one that was refused"


def test_what_is_kept_names_nobody_and_is_the_customers_own(contract):
    seat = idle(contract, "ben")
    opt_out(contract, seat)
    release(signed_in(contract), seat)
    [kept] = refusals()
    assert (kept.customer, kept.refused_at) == (contract.customer, people.NOON)
    assert len(kept.mailbox) == 64
    assert kept.mailbox != sha256(BEN.encode()).hexdigest(), "nobody finds an address by trying"
    assert (row(seat).mail, row(seat).name) == ("", "")
    stranger = seating.contract("V-2026-003", full=3)
    with clock.at(people.NOON + timedelta(days=1)):
        on_the_page(stranger)
    assert held_by().wants_reminders, "another customer's seat"
    seating.assign(contract, "cleo")
    assert held_by("cleo@nordwind.example").wants_reminders, "somebody else's seat"


def test_the_page_says_for_which_seats_it_counts_before_and_after(contract):
    seat = idle(contract, "ben")
    send(signed_in(contract))
    work()
    holder = Client(headers={"accept-language": "de"})
    page = words(holder.get(link_of(mails()[0]), follow=True))
    assert "auch an keinen anderen, den Sie dort haben oder später bekommen" in page
    assert row(seat).wants_reminders, "looking ends nothing"
    said = f"keine Erinnerungen an Plätze bei {contract.customer.name} mehr, auch nicht an spätere."
    for _again in range(2):
        assert said in words(holder.post("/reminders/"))
    assert len(refusals()) == 1


def test_a_refusal_counts_for_all_seats_there_and_outlives_the_one_it_was_said_of(contract):
    first, other = idle(contract, "ben"), idle(second_contract(contract), "ben")
    opt_out(contract, first)
    release(signed_in(contract), first)
    assert not row(other).wants_reminders
    with clock.at(people.NOON + timedelta(days=30)):
        assert "1 holder wants no more reminders." in words(signed_in(other.contract).get(IDLE))
    assert len(refusals()) == 1


@pytest.mark.parametrize("lost", ["released by itself", "given to somebody else"])
def test_what_was_refused_before_such_refusals_were_kept_is_kept_when_the_seat_is_lost(contract, lost):
    seat = seating.assign(contract, "ben", ends_on=people.NOON.date())
    with scopes_disabled():
        Seat.objects.filter(pk=seat.pk).update(wants_reminders=False)
    if lost == "given to somebody else":
        signed_in(contract).post(f"/seats/{seat.ref}/reassign/", {"name": "Eve", "mail": "eve@nordwind.example"})
    with clock.at(people.NOON + timedelta(days=1)):
        tend_temporary_seats.call()
        assert row(seat).mail == ""
        on_the_page(contract)
    assert not held_by().wants_reminders


def test_whoever_takes_a_seat_over_from_them_begins_anew_and_they_do_not(contract):
    seat = idle(contract, "ben")
    opt_out(contract, seat)
    client = signed_in(contract)
    client.post(f"/seats/{seat.ref}/reassign/", {"name": "Eve", "mail": "eve@nordwind.example"})
    assert (row(seat).mail, row(seat).wants_reminders) == ("eve@nordwind.example", True)
    client.post(f"/seats/{seat.ref}/reassign/", {"name": "Ben", "mail": BEN})
    assert (row(seat).mail, row(seat).wants_reminders) == (BEN, False)


def test_R65_it_is_taken_along_and_goes_when_the_person_is_erased(contract):
    seat = idle(contract, "ben")
    opt_out(contract, seat)
    release(signed_in(contract), seat)
    desk = at_the_desk()
    desk.post("/staff/personal-data/new/", {"mail": BEN, "asked_on": "2026-11-20", "note": "By letter."})
    ref = open_request_of(BEN).ref
    said = json.loads(desk.post(f"/staff/personal-data/{ref}/export/").content)
    name = contract.customer.name
    assert said["reminders_of_seats_you_refused"] == [{"customer": name, "refused_at": "2026-11-22T11:00:00Z"}]
    assert "The person is erased" in words(erase(desk, ref))
    assert refusals() == []
    on_the_page(contract)
    assert held_by().wants_reminders, "who was erased begins with nothing"


def test_who_refused_reminders_takes_it_back_by_the_link_of_the_mail(contract):
    seat, other = idle(contract, "ben"), idle(second_contract(contract), "ben")
    send(signed_in(contract))
    work()
    link, holder = link_of(mails()[0]), Client(headers={"accept-language": "de"})
    holder.get(link)
    assert "Mich wieder erinnern" in words(holder.post("/reminders/"))
    assert not row(other).wants_reminders
    with clock.at(people.NOON + timedelta(days=30)):
        later = Client()
        assert "Remind me again" in words(later.get(link, follow=True)), "the same mail, weeks later"
        for _again in range(2):
            shown = words(later.post("/reminders/", {"again": "1"}))
            assert f"You are reminded again of your seats with {contract.customer.name}" in shown
            assert "Remind me no more" in shown, "and can be ended anew"
        assert (row(seat).wants_reminders, row(other).wants_reminders, refusals()) == (True, True, [])
        assert [one.deed for one in records("resume_seat_reminders")] == ["resume_seat_reminders"]
        assert "Somebody wants reminders of a seat again" in words(signed_in(contract).get("/activity/"))
        assert "You get no more reminders" in words(later.post("/reminders/"))
    assert not row(seat).wants_reminders


def test_a_link_resumes_nothing_for_whoever_holds_the_seat_by_now(contract):
    seat = idle(contract, "ben")
    send(signed_in(contract))
    work()
    holder = Client()
    holder.get(link_of(mails()[0]))
    holder.post("/reminders/")
    reassign_seat(contract_ref=contract.ref, seat_ref=seat.ref, holder=seating.someone("eve"), by=people.SYSTEM)
    with scopes_disabled():
        Seat.objects.filter(pk=seat.pk).update(wants_reminders=False)
    assert holder.post("/reminders/", {"again": "1"}).status_code == 410
    assert (row(seat).wants_reminders, len(refusals())) == (False, 1)


def test_a_refusal_of_another_seat_is_taken_back_by_the_link_of_this_one(contract):
    """Before refusals were kept by address, one seat alone could bear it."""
    seat, other = idle(contract, "ben"), idle(second_contract(contract), "ben")
    send(signed_in(contract))
    work()
    with scopes_disabled():
        Seat.objects.filter(pk=other.pk).update(wants_reminders=False)
    holder = Client()
    assert "Remind me again" in words(holder.get(link_of(mails()[0]), follow=True))
    assert "You are reminded again" in words(holder.post("/reminders/", {"again": "1"}))
    assert (row(seat).wants_reminders, row(other).wants_reminders) == (True, True)
