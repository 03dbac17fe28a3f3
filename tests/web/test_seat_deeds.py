"""Seats are assigned, reassigned, extended and released on pages that say first what it means."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.seats import seating
from tests.web.test_seats import names, signed_in
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.notices.models import Mail
from torhaus.records.models import Record
from torhaus.seats.holders import Holder
from torhaus.seats.models import Seat
from torhaus.seats.report_seats import SeatSaid, report_seats

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
BEN = {"mail": "Ben@nordwind.example", "name": "Ben", "organisation": "Nordwind"}


@pytest.fixture
def contract(db):
    return seating.contract()


@pytest.fixture
def client(contract):
    return signed_in(contract)


def row(ref: str) -> Seat:
    with scopes_disabled():
        return Seat.objects.get(ref=ref)


def done(*deeds: str) -> list[str]:
    """The seats' deeds that a person did, in order."""
    with scopes_disabled():
        found = Record.objects.filter(actor_kind="person", deed__in=deeds).order_by("pk")
        return list(found.values_list("deed", flat=True))


def test_a_seat_is_assigned_after_its_kind_was_chosen(contract, client):
    assert "Full seat 2 Guest seat 4 Room seat 1" in words(client.get("/seats/assign/"))
    assert "2 of 2 available" in words(client.get("/seats/assign/?kind=full"))
    answer = client.post("/seats/assign/", BEN | {"kind": "full"}, follow=True)
    assert "Ben has the seat now" in words(answer)
    assert "ben@nordwind.example Organisation Nordwind Second factor none reported" in words(answer)
    assert seating.held(contract) == [("full", 1, "ben@nordwind.example")]
    assert client.post("/seats/assign/", {"kind": "room", "name": "Board"}).status_code == 303
    assert done("assign_seat") == ["assign_seat"] * 2


def test_B81_without_a_free_seat_the_page_says_so_and_what_to_do(contract, client):
    seating.assign(contract), seating.assign(contract, "cleo")
    shown = words(client.get("/seats/assign/?kind=full"))
    assert "No seat of this kind is free. Release one or give one to somebody else" in shown
    assert "sales@acme.example" in shown
    answer = client.post("/seats/assign/", BEN | {"kind": "full"})
    assert (answer.status_code, "No seat of this kind is free. Release one" in words(answer)) == (422, True)
    assert done("assign_seat") == []


def test_B85_B94_who_holds_one_already_gets_no_other(contract, client):
    seating.assign(contract, "ben", "guest")
    for kind, said in (("guest", "holds a seat of this kind already"), ("full", "neither becomes the other")):
        answer = client.post("/seats/assign/", BEN | {"kind": kind})
        assert (answer.status_code, said in words(answer)) == (422, True)
    assert len(seating.held(contract)) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"kind": "nothing"}, "no such kind of seat in this contract"),
        ({"kind": "full", "mail": ""}, "Enter an email address."),
        ({"kind": "full", "mail": "ben"}, "name@example.com"),
        ({"kind": "full", "mail": "ben@bücher.example"}, "such as xn--bcher-kva.example."),
        ({"kind": "room", "name": " "}, "Enter a name."),
        ({"kind": "guest", "ends_on": "soon"}, "Enter a day"),
        ({"kind": "guest", "ends_on": "2026-11-21"}, "lies in the past"),
    ],
)
def test_nonsense_assigns_nothing(contract, client, data, said):
    answer = client.post("/seats/assign/", BEN | data)
    assert (answer.status_code, said in words(answer)) == (422, True)
    assert seating.held(contract) == []


@pytest.mark.parametrize(("kind", "deletes"), [("full", True), ("guest", False)])
def test_B83_B84_releasing_says_what_is_lost_or_stays(contract, client, kind, deletes):
    seat = seating.assign(contract, "ben", kind)
    said = SeatSaid(seat.ref, people.NOON, owned_bytes=48_000_000)
    report_seats(contract_ref=contract.ref, said=[said], by=people.SYSTEM)
    shown = words(client.get(f"/seats/{seat.ref}/release/"))
    assert ("The product deletes what this seat owns. That is 48 MB" in shown) == deletes
    assert (f"/seats/{seat.ref}/reassign/" in client.get(f"/seats/{seat.ref}/release/").content.decode()) == deletes
    assert ("stay where they are" in shown) == (not deletes)
    assert seating.held(contract), "nothing is done by looking"
    assert "The seat of Ben is free." in words(client.post(f"/seats/{seat.ref}/release/", follow=True))
    assert seating.held(contract) == []
    assert client.post(f"/seats/{seat.ref}/release/").status_code == 404
    assert done("release_seat") == ["release_seat"]


def test_B87_another_holder_takes_over_what_the_seat_owns(contract, client):
    seat = seating.assign(contract, Holder("Ada", "ada@nordwind.example"))
    said = SeatSaid(seat.ref, people.NOON, owned_bytes=48_000_000)
    report_seats(contract_ref=contract.ref, said=[said], by=people.SYSTEM)
    shown = words(client.get(f"/seats/{seat.ref}/reassign/"))
    assert "Ada loses the seat at once" in shown
    assert "Everything the seat owns passes on" in shown
    answer = client.post(f"/seats/{seat.ref}/reassign/", BEN, follow=True)
    assert "Ben has the seat now, with everything it owns." in words(answer)
    now = row(seat.ref)
    assert (now.mail, now.state, now.owned_bytes) == ("ben@nordwind.example", "initiated", 48_000_000)
    taken = seating.assign(contract, "cleo")
    answer = client.post(f"/seats/{taken.ref}/reassign/", BEN)
    assert (answer.status_code, "holds a seat of this kind already" in words(answer)) == (422, True)


def test_B89_a_second_factor_is_removed_before_somebody_else_gets_the_seat(contract, client):
    seat = seating.assign(contract)
    said = SeatSaid(seat.ref, people.NOON, second_factor=True)
    report_seats(contract_ref=contract.ref, said=[said], by=people.SYSTEM)
    assert "As long as it is there, nobody else gets the seat." in words(client.get(f"/seats/{seat.ref}/reassign/"))
    answer = client.post(f"/seats/{seat.ref}/reassign/", BEN)
    assert (answer.status_code, "Have it removed first" in words(answer)) == (422, True)
    assert row(seat.ref).mail == "ada@nordwind.example"
    assert "It is recorded who removed it" in words(client.get(f"/seats/{seat.ref}/second-factor/"))
    for _ in range(2):
        assert client.post(f"/seats/{seat.ref}/second-factor/").status_code == 303
    assert client.post(f"/seats/{seat.ref}/reassign/", BEN).status_code == 303
    assert row(seat.ref).mail == "ben@nordwind.example"
    assert done("remove_second_factor", "reassign_seat") == ["remove_second_factor", "reassign_seat"]


def test_B104_who_may_create_guests_is_given_and_taken(contract, client):
    seat, guest = seating.assign(contract), seating.assign(contract, "gus", "guest")
    url = f"/seats/{seat.ref}/guests/"
    assert "May create guests yes" in words(client.get(f"/seats/{seat.ref}/"))
    assert "May create guests no" in words(client.get(f"/seats/{guest.ref}/"))
    assert "Guests who are there stay" in words(client.get(url))
    for nonsense in ({}, {"allowed": "perhaps"}, {"allowed": "\x00"}):
        assert client.post(url, nonsense).status_code == 422
    assert row(seat.ref).may_create_guests, "nothing is done by looking or by nonsense"
    for _ in range(2):
        assert "Ada may create no more guests." in words(client.post(url, {"allowed": "no"}, follow=True))
    assert not row(seat.ref).may_create_guests
    assert "Each of them takes a seat" in words(client.get(url))
    assert "Ada may create guests now." in words(client.post(url, {"allowed": "yes"}, follow=True))
    assert row(seat.ref).may_create_guests
    assert done("permit_guests") == ["permit_guests"] * 2, "repeated, nothing is done"
    stranger, auditor = signed_in(seating.contract("V-2026-002")), signed_in(contract, role="auditor")
    assert [one.post(url, {"allowed": "no"}).status_code for one in (stranger, auditor)] == [404, 403]
    seating.release(contract, seat)
    assert client.post(url, {"allowed": "no"}).status_code == 404
    assert row(seat.ref).may_create_guests


def test_B93_the_last_day_is_changed_and_taken_away(contract, client):
    seat = seating.assign(contract, "gus", "guest", ends_on=people.NOON.date())
    url = f"/seats/{seat.ref}/extend/"
    assert 'value="2026-11-22"' in client.get(url).content.decode()
    assert client.post(url, {"ends_on": "2026-11-21"}).status_code == 422
    assert client.post(url, {"ends_on": "2026-12-24"}).status_code == 303
    assert row(seat.ref).ends_on.isoformat() == "2026-12-24"
    assert "none, the seat stays" in words(client.post(url, {"ends_on": ""}, follow=True))
    assert done("extend_seat") == ["extend_seat"] * 2


def test_an_auditor_looks_and_changes_nothing_and_strangers_find_nothing(contract):
    seat = seating.assign(contract)
    auditor, stranger = signed_in(contract, role="auditor"), signed_in(seating.contract("V-2026-002"))
    page = auditor.get(f"/seats/{seat.ref}/").content.decode()
    assert "ada@nordwind.example" in page
    assert "/release/" not in page
    assert "/seats/assign/" not in auditor.get("/seats/").content.decode()
    assert names(auditor.get("/seats/")) == ["Ada"]
    for path in ("", "reassign/", "release/", "extend/", "second-factor/"):
        assert stranger.get(f"/seats/{seat.ref}/{path}").status_code == 404
        if path:
            assert auditor.post(f"/seats/{seat.ref}/{path}", BEN).status_code == 403
            assert stranger.post(f"/seats/{seat.ref}/{path}", BEN).status_code == 404
    assert row(seat.ref).mail == "ada@nordwind.example"


def link_on(client, ref: str) -> str:
    """The registration link that a seat's page shows."""
    found = re.search(
        r'<code id="link">http[^<]*?(/registration/[^<]+)</code>', client.get(f"/seats/{ref}/").content.decode()
    )
    return found[1] if found else ""


def confirm(link: str):
    """Follow a link and confirm, as a holder without an account does."""
    return follow(link, Client())


def follow(link: str, visitor: Client):
    """Follow a link and confirm in a browser that may have been there before."""
    assert visitor.get(link).url == "/registration/", "the code is out of the address"
    return visitor.get("/registration/"), visitor.post("/registration/")


def test_B86_B88_B103_the_new_holder_confirms_once_by_the_newest_link(contract, client):
    seat = seating.assign(contract)
    before = link_on(client, seat.ref)
    client.post(f"/seats/{seat.ref}/reassign/", BEN)
    link = link_on(client, seat.ref)
    assert link != before
    assert [answer.status_code for answer in confirm(before)] == [410, 410]
    assert row(seat.ref).state == "initiated"
    asked, answer = confirm(link)
    assert "Nordwind Logistik GmbH has given you a seat (Full seat). It belongs to ben@nordwind.example." in words(
        asked
    )
    assert "sign in there as ben@nordwind.example" in words(answer)
    assert row(seat.ref).state == "active"
    assert [answer.status_code for answer in confirm(link)] == [410, 410]
    assert link_on(client, seat.ref) == ""
    with scopes_disabled():
        [one] = Record.objects.filter(deed="register_seat")
    assert (one.before, one.after["state"]) == ({"state": "initiated"}, "active")


def test_whoever_confirmed_reads_so_when_the_page_is_loaded_again(contract, client):
    ada, ben = seating.assign(contract), seating.assign(contract, "ben")
    link, other, browser = link_on(client, ada.ref), link_on(client, ben.ref), Client()
    follow(link, browser)
    for answer in (browser.get("/registration/"), browser.post("/registration/"), *follow(link, browser)):
        assert (answer.status_code, "You have confirmed your seat." in words(answer)) == (200, True)
        assert "sign in there with your email address" in words(answer)
        assert "ada@" not in words(answer), "whoever holds the seat by now"
    seating.release(contract, ben)
    assert [answer.status_code for answer in follow(other, browser)] == [410, 410], "another link than the one used"
    with scopes_disabled():
        assert Record.objects.filter(deed="register_seat").count() == 1


def test_a_link_ends_after_seven_days_and_no_code_is_stored(contract, client):
    seat = seating.assign(contract)
    link = link_on(client, seat.ref)
    code = link.strip("/").split("/")[-1]
    with scopes_disabled():
        assert code not in repr(list(Seat.objects.values()))
    wrong = link.replace(code, code[::-1])
    assert confirm(wrong)[1].status_code == 410
    with clock.at(people.NOON + timedelta(days=7)):
        assert confirm(link)[1].status_code == 410
        assert "works no more. Send another" in words(signed_in(contract).get(f"/seats/{seat.ref}/"))
    seating.release(contract, seat)
    assert confirm(link)[1].status_code == 410


def test_B86_the_link_is_mailed_anew_and_the_one_before_is_over(contract, client):
    seat = seating.assign(contract)
    before = link_on(client, seat.ref)
    answer = client.post(f"/seats/{seat.ref}/registration/", follow=True)
    assert "A new link to ada@nordwind.example is on its way." in words(answer)
    with scopes_disabled():
        mail = Mail.objects.get(template="seat_registration")
    assert (mail.recipient, row(seat.ref).registration in mail.text) == ("ada@nordwind.example", True)
    after = link_on(client, seat.ref)
    assert after.strip("/").split("/")[-1] not in mail.text, "the code comes in when it is sent"
    assert confirm(before)[1].status_code == 410
    assert confirm(after)[1].status_code == 200
    again = client.post(f"/seats/{seat.ref}/registration/", follow=True)
    assert "No link is needed: the holder has come" in words(again)
    assert done("mail_seat_registration") == ["mail_seat_registration"]


def test_no_mailbox_is_flooded_with_links(contract, client):
    seat = seating.assign(contract)
    answers = [client.post(f"/seats/{seat.ref}/registration/").status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]
    assert len(done("mail_seat_registration")) == 3


def test_several_are_released_after_a_page_that_lists_who(contract, client):
    ada, gus = seating.assign(contract), seating.assign(contract, "gus", "guest")
    kept = seating.assign(contract, "ben")
    theirs = seating.assign(seating.contract("V-2026-002"))
    chosen = {"seat": [ada.ref, gus.ref, theirs.ref, "nobody", ada.ref]}
    shown = words(client.get("/seats/release/", chosen))
    assert "2 holders lose their seats at once" in shown
    assert "Ada ada@nordwind.example Full seat – is deleted Gus gus@nordwind.example Guest seat – stays" in shown
    assert len(seating.held(contract)) == 3
    assert "2 seats are free." in words(client.post("/seats/release/", chosen, follow=True))
    again = words(client.post("/seats/release/", chosen, follow=True))
    assert "2 seats had been released before; there was nothing to do." in again
    assert "No seat was chosen." in words(client.post("/seats/release/", {"seat": theirs.ref}, follow=True))
    assert seating.held(contract) == [("full", 2, kept.mail)]
    assert row(theirs.ref).mail == "ada@nordwind.example"
    assert done("release_seat") == ["release_seat"] * 2
    assert signed_in(contract, role="auditor").post("/seats/release/", {"seat": kept.ref}).status_code == 403
