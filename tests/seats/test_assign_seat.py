"""Seats are assigned as long as some are free, each to one holder, and never twice."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from tests import people
from tests.seats.seating import assign, book, contract, held, release, someone, standing
from torhaus.records.models import PersonalValue, Record
from torhaus.seats.holders import Holder
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.refusals import (
    ContractEnded,
    ContractNotStarted,
    ContractSuspended,
    EndPassed,
    HolderUnfit,
    MailTaken,
    NoFreeSeat,
    NotConvertible,
    UnknownSeat,
    UnknownSeatKind,
)
from torhaus.seats.rules import Count
from torhaus.subscriptions.actions import UnknownContract

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


def recorded(name="assign_seat") -> list[dict]:
    with scopes_disabled():
        return list(Record.objects.filter(deed=name).order_by("pk").values_list("after", flat=True))


def test_B76_B77_B103_a_seat_is_initiated_used_and_recorded():
    of = contract()
    assert standing(of) == {"full": Count(2, 0), "guest": Count(4, 0), "room": Count(1, 0)}
    seat = assign(of, Holder(" Ada Li ", " Ada@Nordwind.example ", "Nordwind"))
    assert (seat.name, seat.mail, seat.organisation) == ("Ada Li", "ada@nordwind.example", "Nordwind")
    assert (seat.state, seat.place, len(seat.ref)) == (SeatState.INITIATED, 1, 12)
    assert standing(of)["full"] == Count(booked=2, used=1, invited=1)
    assert standing(of)["full"].available == 1
    assert recorded() == [{"contract": of.number, "seat": seat.ref, "kind": "full"}]
    personal = set(PersonalValue.objects.filter(record__deed="assign_seat").values_list("field", "value"))
    assert personal == {("seat_name", "Ada Li"), ("seat_mail", "ada@nordwind.example")}


def test_B81_without_a_free_seat_none_is_assigned_until_one_is_released():
    of = contract()
    ada = assign(of)
    assign(of, "ben")
    with pytest.raises(NoFreeSeat):
        assign(of, "cleo")
    assert assign(of, "cleo", "guest").place == 1, "another kind has its own"
    release(of, ada)
    assert assign(of, "dan").place == 1
    assert held(of)[:2] == [("full", 1, "dan@nordwind.example"), ("full", 2, "ben@nordwind.example")]


def test_after_a_booking_shrank_none_is_assigned_until_fewer_are_held_than_booked():
    of = contract(full=3)
    seats = [assign(of, who) for who in ("ada", "ben", "cleo")]
    book(of, "full", 1)
    assert (standing(of)["full"].over, standing(of)["full"].available) == (2, 0)
    release(of, seats[0])
    release(of, seats[1])
    with pytest.raises(NoFreeSeat):
        assign(of, "dan")
    release(of, seats[2])
    assert assign(of, "dan").place == 1


def test_B82_a_data_room_consumes_a_seat_of_its_kind():
    of = contract()
    assign(of, Holder(name="Board papers"), "room")
    assert standing(of)["room"] == Count(1, 1, 1)
    with pytest.raises(NoFreeSeat):
        assign(of, Holder(name="Due diligence"), "room")


def test_a_person_needs_an_address_and_a_thing_a_name():
    of = contract()
    for holder, kind in ((Holder(name="Ada"), "full"), (someone(), "room"), (Holder(), "room")):
        with pytest.raises(HolderUnfit, match=kind):
            assign(of, holder, kind)
    assert held(of) == []


def test_B94_an_address_that_holds_one_is_told_of_it():
    of = contract()
    guest = assign(of, "ada", "guest")
    with pytest.raises(MailTaken) as refused:
        assign(of, Holder("Somebody", "ADA@nordwind.example"), "guest")
    assert refused.value.about == guest.ref
    other = contract("V-2026-002")
    assert assign(other, "ada", "guest").ref != guest.ref, "another contract knows nothing of it"


def test_B85_a_guest_is_not_turned_into_a_full_holder_nor_back():
    of = contract()
    guest = assign(of, "ada", "guest")
    with pytest.raises(NotConvertible) as refused:
        assign(of, "ada", "full")
    assert refused.value.about == guest.ref
    release(of, guest)
    assert assign(of, "ada", "full")
    with pytest.raises(NotConvertible):
        assign(of, "ada", "guest")


def test_whoever_created_a_guest_is_remembered():
    of = contract()
    ada = assign(of)
    assert assign(of, "gus", "guest", created_by=ada.ref).created_by == ada
    stranger = assign(contract("V-2026-002"))
    with pytest.raises(UnknownSeat):
        assign(of, "eve", "guest", created_by=stranger.ref)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"suspended": True}, ContractSuspended),
        ({"starts_on": (people.NOON + timedelta(days=1)).date()}, ContractNotStarted),
        ({"ends_on": (people.NOON - timedelta(days=1)).date(), "auto_renews": False}, ContractEnded),
    ],
)
def test_a_contract_that_does_not_run_gives_no_seats(fields, refusal):
    with pytest.raises(refusal):
        assign(contract(**fields))
    assert recorded() == []


def test_nonsense_is_refused_and_leaves_nothing():
    of = contract()
    with pytest.raises(UnknownSeatKind):
        assign(of, kind="medium")
    with pytest.raises(EndPassed):
        assign(of, ends_on=people.NOON.date() - timedelta(days=1))
    of.ref = "nobodyknows1"
    with pytest.raises(UnknownContract):
        assign(of)
    assert recorded() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"place": 1, "mail": "x@nordwind.example"},
        {"place": 2, "mail": "ada@nordwind.example"},
        {"place": 0, "mail": "x@nordwind.example"},
        {"place": 2, "mail": "X@nordwind.example"},
        {"place": 2, "mail": "x@nordwind.example", "released_at": people.NOON},
    ],
    ids=["place twice", "mail twice", "place 0", "capitals", "released with a name"],
)
def test_the_database_refuses_what_no_deed_would_do(fields):
    of = contract()
    assign(of)
    with scopes_disabled(), pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(contract=of, kind=people.item("full", "seat"), assigned_at=people.NOON, **fields)
