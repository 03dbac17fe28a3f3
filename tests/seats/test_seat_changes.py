"""The feed of what happened to seats: every change once, in order, whoever writes at the same moment."""

import ast
import importlib
import json
import pkgutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from django_scopes import scope, scopes_disabled

import torhaus
import torhaus.seats
from tests import people
from tests.journeys.vendor_files import FIRN, load
from tests.licensing.crowds import ENGINES, gathered
from tests.seats import seating
from tests.servers import installation
from torhaus.catalogue.models import ItemKind
from torhaus.core import clock
from torhaus.journeys.add_booking import NewBooking, add_booking
from torhaus.records.actions import seal_records
from torhaus.seats.changes import BOOKING_DEEDS, DEEDS, BookedFrom, CursorUnknown, seat_changes
from torhaus.seats.extend_seat import extend_seat
from torhaus.seats.reassign_seat import reassign_seat
from torhaus.seats.report_seats import SeatSaid, report_seats
from torhaus.subscriptions.models import Booking, Contract

SOURCE = Path(torhaus.__file__).parent
PLANT = """
from tests.seats import seating
seating.contract("V-2026-001", full=20)
seating.contract("V-2026-002", full=20)
"""
REST = """
import json
from django_scopes import scope
from torhaus.records.actions import seal_records
from torhaus.records.models import Record
from torhaus.seats.changes import seat_changes
from torhaus.subscriptions.models import Contract
seal_records()
with scopes_disabled():
    rows = list(Contract.objects.select_related("customer").order_by("pk"))
found = []
for of, after in zip(rows, {cursors}, strict=True):
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        rest = seat_changes(of, after=after, limit=100_000)
        said = Record.objects.filter(subject_ref=of.ref, deed__in=["assign_seat", "release_seat"])
        every = [[one.seal.sequence, one.deed, [one.after["seat"]]] for one in said.select_related("seal")]
    found.append([[[one.sequence, one.deed, list(one.seats)] for one in rest], sorted(every)])
print(json.dumps(found))
"""


def read(of, after=0, limit=100) -> list:
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        return seat_changes(of, after=after, limit=limit)


@pytest.mark.django_db
def test_every_deed_about_seats_comes_once_and_in_order():
    of, other = seating.contract(), seating.contract("V-2026-002")
    seat = seating.assign(of)
    seating.assign(other, "foreign")
    report_seats(contract_ref=of.ref, said=[SeatSaid(seat.ref, clock.now())], by=people.SYSTEM)
    report_seats(contract_ref=of.ref, said=[SeatSaid(seat.ref, clock.now())], by=people.SYSTEM)
    reassign_seat(contract_ref=of.ref, seat_ref=seat.ref, holder=seating.someone("ben"), by=people.SYSTEM)
    extend_seat(contract_ref=of.ref, seat_ref=seat.ref, ends_on=clock.today("UTC"), by=people.SYSTEM)
    assert read(of) == [], "what has no place in the chain yet has none here"
    seal_records()
    seating.release(of, seat)
    seal_records()
    found = read(of)
    deeds = ["assign_seat", "report_seats", "reassign_seat", "extend_seat", "release_seat"]
    assert [one.deed for one in found] == deeds
    assert {one.seats for one in found} == {(seat.ref,)}
    assert [one.deletes for one in found] == [False] * 4 + [True]
    pages, after = [], 0
    while page := read(of, after, limit=2):
        pages += page
        after = page[-1].sequence
    assert pages == found
    with pytest.raises(CursorUnknown):
        read(of, after + 1)


def test_no_deed_of_the_room_is_missing_in_the_feed():
    modules = [
        importlib.import_module(f"torhaus.seats.{one.name}") for one in pkgutil.iter_modules(torhaus.seats.__path__)
    ]
    marks = {getattr(value, "house_mark", ("", ""))[:2] for module in modules for value in vars(module).values()}
    assert {name for kind, name in marks if kind == "deed"} == set(DEEDS)


def add(of, key, quantity, **fields) -> None:
    with scopes_disabled():
        newest = Booking.objects.filter(contract=of).order_by("-pk").values_list("pk", flat=True).first()
    new = NewBooking(f"seats {key}", quantity, ItemKind.SEAT, people.item(key, "seat"), **fields)
    add_booking(contract_ref=of.ref, new=new, last_seen=newest or 0, by=people.SYSTEM)


@pytest.mark.django_db
def test_B97_what_is_booked_comes_with_its_totals_so_that_nobody_has_to_ask():
    with clock.at(people.NOON):
        of, other = seating.contract(), seating.contract("V-2026-002")
        add(of, "full", 5)
        add(other, "full", 50)
    with clock.at(people.NOON + timedelta(days=1)):
        add(of, "room", 4, active_from=date(2027, 1, 1), until=date(2027, 2, 28))
    with clock.at(people.NOON + timedelta(days=2)):
        seating.assign(of)
        add(of, "full", 0)
    seal_records()
    booked, later, _, less = found = read(of)
    assert [one.deed for one in found] == ["add_booking", "add_booking", "assign_seat", "add_booking"]
    today = people.NOON.date()
    assert booked.booked == (BookedFrom(today, {"full": 5, "guest": 10, "room": 1}),)
    assert later.booked == (
        BookedFrom(today + timedelta(days=1), {"full": 5, "guest": 10, "room": 1}),
        BookedFrom(date(2027, 1, 1), {"full": 5, "guest": 10, "room": 4}),
        BookedFrom(date(2027, 3, 1), {"full": 5, "guest": 10, "room": 0}),
    )
    assert less.booked[0] == BookedFrom(today + timedelta(days=2), {"full": 0, "guest": 0, "room": 1})
    assert {one.seats for one in (booked, later, less)} == {()}
    assert read(of, booked.sequence, limit=1) == [later], "and by cursor, like everything else"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("agreed", "over"),
    [
        ({"auto_renews": False}, date(2027, 4, 1)),
        ({"auto_renews": False, "ends_on": None}, date(2027, 4, 1)),  # the term says it
        ({"auto_renews": False, "ends_on": None, "term_months": None}, None),  # for good
        ({"auto_renews": True}, None),
        ({"auto_renews": True, "cancelled_to": date(2028, 3, 31)}, date(2028, 4, 1)),
        ({"auto_renews": True, "cancelled_to": date(2026, 12, 31)}, date(2027, 1, 1)),
    ],
)
def test_B97_what_is_booked_ends_with_the_contract(agreed, over):
    with clock.at(people.NOON):
        of = seating.contract(**agreed)
        add(of, "full", 5)
    seal_records()
    [change] = read(of)
    now, *later = change.booked
    assert now == BookedFrom(people.NOON.date(), {"full": 5, "guest": 10, "room": 1})
    assert later == ([BookedFrom(over, {"full": 0, "guest": 0, "room": 0})] if over else [])


@pytest.mark.django_db
def test_an_import_says_what_is_booked_then(tmp_path):
    with clock.at(people.NOON):
        load(FIRN)
    seal_records()
    with scopes_disabled():
        of = Contract.objects.select_related("customer").get(number="2026/77")
    booked = [one.booked[0].seats for one in read(of) if one.deed == "import_contract" and one.booked]
    assert booked
    assert all(one == {"editor": 12, "reader": 120, "fach": 12} for one in booked)


def test_every_deed_that_books_is_followed():
    """Whoever appends bookings is a deed of the feed."""
    calls = {"append_booking", "append_bookings"}
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and calls & {getattr(node.func, "id", ""), getattr(node.func, "attr", "")}
    }
    assert found == {
        "journeys/add_booking.py",  # add_booking
        "journeys/decide_booking_request.py",  # accept_booking_request
        "journeys/import_data/keeping.py",  # import_contract
    }
    assert set(BOOKING_DEEDS) == {"add_booking", "accept_booking_request", "import_contract"}


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("database", ENGINES)
def test_nothing_is_lost_or_comes_twice_while_processes_commit_out_of_order(database):
    with installation(database=database) as here:
        here.python(PLANT)
        found = gathered(here, "write_or_follow", 8, seconds=6.0)
        assert not [one for one in found if isinstance(one, dict)]
        cursors = [one[-1][0] if one else 0 for one in found[:2]]
        rest = json.loads(here.python(REST.format(cursors=cursors)))
        for followed, (later, every) in zip(found[:2], rest, strict=True):
            assert followed + later == every
        counts = [len(one) for one in found[:2]]
        print(f"\n{database}: {counts} changes followed while they were written, {[len(e) for _, e in rest]} in all")
        assert min(counts) > 0
