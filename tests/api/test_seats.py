"""Seats and the account status, as a product asks for them."""

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine, problem
from tests.seats import seating
from torhaus.api.seats import views
from torhaus.records.models import Record
from torhaus.seats.models import Seat
from torhaus.seats.permit_guests import permit_guests

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def contract(db):
    return seating.contract()


@pytest.fixture
def token(contract):
    return people.token(contract)


def said(name="ada", **fields) -> dict:
    return {"kind": "full", "name": name.title(), "mail": f"{name}@nordwind.example"} | fields


def assigned(token, name="ada", **fields) -> dict:
    return fine(ask(token, "seats/assign", said(name, **fields)), 201)["seat"]


def kinds(token, **headers) -> dict[str, dict]:
    return {one["key"]: one for one in fine(ask(token, "account", **headers))["seats"]}


def deeds() -> list[str]:
    with scopes_disabled():
        found = Record.objects.filter(deed__endswith="_seat").order_by("pk")
        return list(found.values_list("deed", flat=True))


def test_B76_B77_B97_the_account_says_term_and_what_is_booked_used_and_available(contract, token):
    assigned(token)
    answer = ask(token, "account", Accept_Language="de")
    account = fine(answer)
    assert (account["contract"], account["state"], account["kind"]) == (contract.number, "active", "subscription")
    assert account["plans"] == [{"key": "medium", "name": "Medium"}]
    assert account["term"] == {
        "months": 12,
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
        "auto_renews": True,
        "notice_days": 30,
        "cancel_by": "2027-03-01",
    }
    numbers = ("booked", "used", "invited", "available", "over")
    found = {one["key"]: [one[name] for name in numbers] for one in account["seats"]}
    assert found == {"full": [2, 1, 1, 1, 0], "guest": [4, 0, 0, 4, 0], "room": [1, 0, 0, 1, 0]}
    full = next(one for one in account["seats"] if one["key"] == "full")
    assert (full["name"], full["personal"], full["release_deletes"]) == ("Platz full", True, True)
    assert "nordwind.example" not in answer.content.decode(), "numbers, and nobody's name"


def test_the_whole_life_of_a_seat(contract, token):
    seat = assigned(token)
    assert (seat["state"], seat["mail"], seat["owned_bytes"]) == ("initiated", "ada@nordwind.example", 0)
    seen = {"seat": seat["ref"], "last_seen_at": "2026-11-22T11:00:00Z", "owned_bytes": 2048}
    assert fine(ask(token, "seats/report", {"seats": [seen]})) == {"kept": 1}
    [listed] = fine(ask(token, "seats"))["seats"]
    assert listed == seat | {"state": "active", "last_seen_at": "2026-11-22T11:00:00Z", "owned_bytes": 2048}
    new = {"seat": seat["ref"], "name": "Ben", "mail": "Ben@nordwind.example"}
    taken_over = fine(ask(token, "seats/reassign", new))["seat"]
    assert (taken_over["ref"], taken_over["mail"], taken_over["owned_bytes"]) == (
        seat["ref"],
        "ben@nordwind.example",
        2048,
    )
    extended = fine(ask(token, "seats/extend", {"seat": seat["ref"], "ends_on": "2026-12-31"}))["seat"]
    assert extended["ends_on"] == "2026-12-31"
    for _ in range(2):
        released = fine(ask(token, "seats/release", {"seat": seat["ref"]}))
        assert released == {"seat": seat["ref"], "released": True, "deletes": True}
    assert fine(ask(token, "seats")) == {"seats": [], "next": None}
    assert deeds() == ["assign_seat", "reassign_seat", "extend_seat", "release_seat"]


def test_B81_B82_B85_B94_what_cannot_be_is_refused_and_says_what_to_do(contract, token):
    ada, _ben = assigned(token), assigned(token, "ben")
    assert "sales" in problem(ask(token, "seats/assign", said("cleo")), 409, "no_free_seat")["detail"]
    taken = problem(ask(token, "seats/assign", said("ADA")), 409, "seat_mail_taken")
    assert ada["ref"] in taken["detail"]
    guest = problem(ask(token, "seats/assign", said(kind="guest")), 409, "seat_not_convertible")
    assert ada["ref"] in guest["detail"]
    problem(ask(token, "seats/assign", said(kind="room")), 409, "seat_holder_unfit")
    fine(ask(token, "seats/assign", {"kind": "room", "name": "Board"}), 201)
    problem(ask(token, "seats/assign", {"kind": "room", "name": "Due diligence"}), 409, "no_free_seat")
    problem(ask(token, "seats/assign", said("cleo", kind="nothing")), 404, "unknown_seat_kind")
    problem(ask(token, "seats/assign", said("gus", kind="guest", ends_on="2026-11-21")), 409, "seat_end_passed")
    with scopes_disabled():
        type(contract).objects.update(suspended=True)
    problem(ask(token, "seats/assign", said("gus", kind="guest")), 409, "licence_suspended")
    assert deeds() == ["assign_seat"] * 3


@pytest.mark.parametrize(
    "mail", ["", "ada", "ada@nordwind", "ada@nord wind.example", "ada@@nordwind.example", "a" * 200 + "@x.example"]
)
def test_what_is_no_mail_address_is_refused_with_a_pointer(token, mail):
    faults = problem(ask(token, "seats/assign", said(mail=mail)), 422, "invalid_body")["errors"]
    assert [one["pointer"] for one in faults] == ["/mail"]


def test_B103_B104_a_guest_remembers_its_host(token):
    host = assigned(token)
    guest = assigned(token, "gus", kind="guest", created_by=host["ref"], ends_on="2026-12-24")
    assert (guest["created_by"], guest["ends_on"], guest["state"]) == (host["ref"], "2026-12-24", "initiated")


def test_B104_only_who_may_creates_guests_and_each_lists_their_own(contract, token):
    ada, ben = assigned(token), assigned(token, "ben")
    gus = assigned(token, "gus", kind="guest", created_by=ada["ref"])
    assert (ada["may_create_guests"], gus["may_create_guests"]) == (True, False)
    of_ada = fine(ask(token, f"seats?created_by={ada['ref']}"))
    assert [one["ref"] for one in of_ada["seats"]] == [gus["ref"]]
    assert fine(ask(token, f"seats?created_by={ben['ref']}"))["seats"] == []
    assert fine(ask(token, f"seats?created_by={ada['ref']}&kind=full"))["seats"] == []
    # A guest invites nobody, and neither does whoever lost the permission.
    more = said("gil", kind="guest", created_by=gus["ref"])
    assert gus["ref"] in problem(ask(token, "seats/assign", more), 409, "seat_guests_not_allowed")["detail"]
    permit(contract, ada["ref"], allowed=False)
    more["created_by"] = ada["ref"]
    problem(ask(token, "seats/assign", more), 409, "seat_guests_not_allowed")
    fine(ask(token, "seats/assign", {"kind": "room", "name": "Board", "created_by": ada["ref"]}), 201)
    assert [one["may_create_guests"] for one in fine(ask(token, "seats"))["seats"]] == [False, True, False, False]
    fine(ask(token, "seats/assign", more | {"created_by": ben["ref"]}), 201)
    permit(contract, ada["ref"], allowed=True)
    fine(ask(token, "seats/assign", more | {"mail": "gwen@nordwind.example", "created_by": ada["ref"]}), 201)
    stranger = assigned(people.token(seating.contract("V-2026-002")))["ref"]
    for ref in (stranger, "%00", "x" * 3000):
        problem(ask(token, f"seats?created_by={ref}"), 404, "seat_unknown")
    problem(ask(token, "seats/assign", said("eve", kind="guest", created_by=stranger)), 404, "seat_unknown")


def permit(contract, ref, *, allowed):
    permit_guests(contract_ref=contract.ref, seat_ref=ref, allowed=allowed, by=people.SYSTEM)


def test_another_contracts_seats_are_not_there(contract, token):
    stranger = people.token(seating.contract("V-2026-002"))
    ref = assigned(stranger)["ref"]
    for name in ("reassign", "extend", "release"):
        problem(ask(token, f"seats/{name}", {"seat": ref, "mail": "eve@nordwind.example"}), 404, "seat_unknown")
    problem(ask(token, "seats/report", {"seats": [{"seat": ref, "owned_bytes": 1}]}), 404, "seat_unknown")
    problem(ask(token, f"seats?after={ref}"), 404, "seat_unknown")
    assert fine(ask(token, "seats"))["seats"] == []
    assert kinds(token)["full"]["used"] == 0


def test_lists_come_in_pages_and_by_kind(token, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    refs = [assigned(token, who, kind="guest")["ref"] for who in ("gus", "gil", "gwen")]
    assigned(token)
    first = fine(ask(token, "seats?kind=guest"))
    assert ([one["ref"] for one in first["seats"]], first["next"]) == (refs[:2], refs[1])
    second = fine(ask(token, f"seats?kind=guest&after={first['next']}"))
    assert ([one["ref"] for one in second["seats"]], second["next"]) == (refs[2:], None)
    for nothing in ("nothing", "%00", "x" * 3000):
        problem(ask(token, f"seats?kind={nothing}"), 404, "unknown_seat_kind")
        problem(ask(token, f"seats?after={nothing}"), 404, "seat_unknown")


def test_R73_the_same_request_twice_assigns_one_seat(token):
    one = ask(token, "seats/assign", said(), Idempotency_Key="k-1")
    two = ask(token, "seats/assign", said(), Idempotency_Key="k-1")
    assert (one.status_code, one.content) == (two.status_code, two.content) == (201, one.content)
    with scopes_disabled():
        assert Seat.objects.count() == 1


def test_a_booking_that_shrank_shows_by_how_many_it_is_over(contract, token):
    assigned(token)
    assigned(token, "ben")
    seating.book(contract, "full", 1)
    assert [kinds(token)["full"][name] for name in ("booked", "used", "available", "over")] == [1, 2, 0, 1]
