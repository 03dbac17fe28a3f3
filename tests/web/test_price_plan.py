"""The account status: what is booked, used and available, who may see it, and what each number leads to."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import people
from tests.doors import staff_client
from tests.seats import seating
from tests.web.visitors import card, signed_in, words
from torhaus.catalogue.models import Plan
from torhaus.core import clock
from torhaus.seats.account import held_and_peaks
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.reassign_seat import reassign_seat
from torhaus.usage.models import Reading

pytestmark = pytest.mark.usefixtures("stopped_clock")

PAGE = "/settings/account/price-plan/"


def licences(answer) -> str:
    """The table of licences, without what its links add for screen readers."""
    return re.sub(r" : (Full seat|Guest seat|Room seat|Platz \w+)", "", card(answer, "licences"))


@pytest.fixture
def contract(db):
    return seating.contract(full=4)


def inside(contract, role="owner", language="en"):
    """A browser of somebody in a role, in a language."""
    client = staff_client(people.member(contract.customer, role).person)
    client.cookies["torhaus_language"] = language
    return client


def test_a_peak_counts_places_that_were_reassigned_since_for_as_long_as_they_were_held(contract):
    for name in "abc":
        with clock.at(people.NOON - timedelta(days=20)):
            seating.assign(contract, name)
    with scopes_disabled():
        first, second, _third = Seat.objects.filter(contract=contract).order_by("pk")
    with clock.at(people.NOON - timedelta(days=10)):
        seating.release(contract, first)
    for name in ("dora", "eve"):
        with clock.at(people.NOON - timedelta(days=5)):
            reassign_seat(
                contract_ref=contract.ref, seat_ref=second.ref, holder=seating.someone(name), by=people.SYSTEM
            )
    shown = licences(inside(contract).get(PAGE))
    assert "Full seat 4 2 2 2 3 4" in shown, "three were held until one was released"


def test_B76_B77_each_kind_shows_booked_used_available_and_invited(contract):
    came = seating.assign(contract, "ada")
    seating.assign(contract, "ben")
    seating.assign(contract, "gus", "guest")
    with scopes_disabled():
        Seat.objects.filter(pk=came.pk).update(state=SeatState.ACTIVE)
    answer = inside(contract).get(PAGE)
    assert "Full seat 2 of 4 used Active 1 Invited 1 Available 2" in card(answer, "seat-full")
    assert "Guest seat 1 of 8 used Active 0 Invited 1 Available 7" in card(answer, "seat-guest")
    shown = licences(answer)
    assert "Full seat 4 2 1 2 2 4" in shown  # booked, used, invited, available, peak, next period
    assert "Guest seat comes with other licences 8 1 1 7 1 8" in shown
    assert "This period began on 2026-04-01 ; the next one begins on 2027-04-01." in shown
    german = licences(inside(contract, "administrator", "de").get(PAGE))
    assert "Platz full 4 2 1 2 2 4" in german
    assert "Höchststand" in german


def test_the_peak_counts_what_was_held_at_the_same_moment(contract):
    zone = people.BERLIN
    moments = [
        # kind, assigned, released: one of before, two at once in June, and one that took the place of another
        ("full", datetime(2026, 1, 5, tzinfo=zone), datetime(2026, 6, 10, tzinfo=zone)),
        ("full", datetime(2026, 6, 1, tzinfo=zone), datetime(2026, 6, 20, tzinfo=zone)),
        ("full", datetime(2026, 6, 10, tzinfo=zone), datetime(2026, 6, 20, tzinfo=zone)),
        ("full", datetime(2026, 7, 1, tzinfo=zone), None),
        ("room", datetime(2025, 1, 1, tzinfo=zone), datetime(2026, 3, 1, tzinfo=zone)),
    ]
    with scopes_disabled():
        for place, (kind, since, until) in enumerate(moments, 1):
            Seat.objects.create(
                contract=contract,
                kind=people.item(kind, "seat"),
                place=place,
                assigned_at=since,
                released_at=until,
            )
    full = people.item("full", "seat").pk
    assert held_and_peaks(contract, datetime(2026, 4, 1, tzinfo=zone)).more_before == {full: 1}  # of two, one is left
    assert held_and_peaks(contract, datetime(2026, 6, 20, 0, 0, 1, tzinfo=zone)).more_before == {}
    assert "Full seat 4 1 1 3 2 4" in licences(inside(contract).get(PAGE))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=st.lists(
        st.tuples(
            st.sampled_from(["full", "room"]),
            st.integers(0, 20),
            st.one_of(st.none(), st.integers(0, 20)),
            st.one_of(st.none(), st.integers(0, 20)),
        ),
        max_size=14,
    ),
    since=st.integers(0, 20),
)
def test_the_peak_is_what_counting_at_each_moment_gives(contract, held, since):
    """Each seat: kind, hour it was assigned, hours until it was released, hours since it was held by somebody else."""
    kinds = {key: people.item(key, "seat").pk for key in ("full", "room")}
    spans = []
    with transaction.atomic():
        with scopes_disabled():
            for place, (kind, at, lasts, before) in enumerate(held, 1):
                begins = people.NOON + timedelta(hours=at)
                ends = None if lasts is None else begins + timedelta(hours=lasts + 1)
                first = None if before is None else begins - timedelta(hours=before)
                Seat.objects.create(
                    contract=contract, kind_id=kinds[kind], place=place, assigned_at=begins, held_since=first,
                    released_at=ends, state="active",
                )  # fmt: skip
                spans.append((kinds[kind], first or begins, ends))
        start = people.NOON + timedelta(hours=since)
        now = {kind: sum(end is None for one, _, end in spans if one == kind) for kind in kinds.values()}
        more = {}
        for kind in kinds.values():
            moments = [end for one, _, end in spans if one == kind and end and end >= start]
            # Just before a release: whoever was assigned earlier and is released then or later.
            most = [sum(one == kind and a < at and (b is None or b >= at) for one, a, b in spans) for at in moments]
            more[kind] = max([0, *(n - now[kind] for n in most)])
        found = held_and_peaks(contract, start).more_before
        assert {kind: found.get(kind, 0) for kind in kinds.values()} == more
        transaction.set_rollback(True)


def test_the_next_period_shows_what_is_booked_for_it_and_none_where_none_follows(contract):
    people.booking(
        contract, "seats full", kind="seat", item=people.item("full", "seat"), quantity=3, active_from=date(2027, 4, 1)
    )
    client = inside(contract)
    assert "Full seat 4 0 0 4 0 3" in licences(client.get(PAGE))
    with scopes_disabled():
        contract.cancelled_to = date(2027, 3, 31)
        contract.save()
    shown = licences(client.get(PAGE))
    assert "Full seat 4 0 0 4 0 –" in shown
    assert "none follows by itself" in shown


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {},
            "Subscription term 12 months Current period 2026-04-01 – 2027-03-31 Start 2026-04-01 Auto renewal Yes Notice period 30 days before the end of the term Last day to cancel 2027-03-01",
        ),
        (
            {"term_months": 1, "ends_on": date(2026, 4, 30)},
            "Subscription term 1 month Current period 2026-11-01 – 2026-11-30 Start 2026-04-01 Auto renewal Yes Notice period 14 days before the end of the term Last day to cancel 2026-12-17",
        ),
        ({"notice_days": 90}, "Notice period 90 days before the end of the term Last day to cancel 2026-12-31"),
    ],
)
def test_B96_B97_term_and_notice_stand_there(db, fields, expected):
    contract = seating.contract(**fields)
    shown = card(inside(contract).get(PAGE), "package")
    assert "Package Medium" in shown
    assert expected in shown


def test_B78_only_owner_administrator_and_auditor_read_it_and_others_see_whom_to_ask(contract):
    for role in ("owner", "administrator", "auditor"):
        client = inside(contract, role)
        assert client.get(PAGE).status_code == 200
        assert PAGE in client.get("/dashboard/").content.decode()
    for role in ("billing", "technical", "member"):
        answer = inside(contract, role).get(PAGE)
        assert answer.status_code == 403
        assert (
            "Ask the owner of your organisation’s account, Jo Owner ( owner@nordwind.example), or us: Sales"
            in words(answer)
        )
    answer = signed_in(contract).get(PAGE)
    assert answer.status_code == 403
    assert "Jo Owner" not in words(answer)  # a bare token may be anybody's


def test_another_customers_seats_are_not_counted(contract):
    other = seating.contract("V-2026-002", full=4)
    seating.assign(other, "eve")
    assert "Full seat 4 0 0 4 0 4" in licences(inside(contract).get(PAGE))


def test_what_needs_attention_names_the_next_step(contract):
    client = inside(contract)
    assert "Nothing to do" in card(client.get(PAGE), "todo")
    for who in ("ada", "ben", "cem"):
        seating.assign(contract, who)
    seating.assign(contract, seating.Holder(name="Board"), "room")
    shown = card(client.get(PAGE), "todo")
    assert "Room seat: all 1 are in use" in shown
    assert "Full seat" not in shown
    seating.assign(contract, "dan")
    seating.book(contract, "full", 3)
    shown = card(client.get(PAGE), "todo")
    assert "Full seat: 1 more in use than booked" in shown
    assert "4 of 3 used Active 0 Invited 4 Available 0 1 too many" in card(client.get(PAGE), "seat-full")


def test_B101_a_package_that_is_no_longer_sold_shows_whom_to_ask(contract):
    Plan.objects.filter(item=people.item()).update(legacy=True)
    shown = card(inside(contract).get(PAGE), "package")
    assert "Package Medium no longer sold" in shown
    assert "made by our sales team, not by yourself: Sales Sales team sales@acme.example" in shown


def test_B100_only_what_is_owned_counts_and_each_holder_shows_it(contract):
    ada, ben = seating.assign(contract, "ada"), seating.assign(contract, "ben")
    seating.assign(contract, "gus", "guest", created_by=ada.ref)
    with scopes_disabled():
        Seat.objects.filter(pk=ada.pk).update(owned_bytes=3_000_000_000)
        Seat.objects.filter(pk=ben.pk).update(owned_bytes=5_000)
    shown = card(inside(contract).get(PAGE), "holders")
    assert "Ada ada@nordwind.example Full seat 3 GB 1 Ben ben@nordwind.example Full seat 5 kB 0" in shown
    assert "Gus" not in shown


def test_meters_stand_there_with_their_twelve_months(contract):
    storage = people.meter("storage", name={"en": "Storage", "de": "Speicher"}, unit={"": "GB"})
    people.allowance(people.item(), 100, meter=storage, per_unit=False)
    for month in (9, 10, 11):
        people.reading(contract, date(2026, month, 20), month * 10, meter=storage)
    shown = card(inside(contract).get(PAGE), "meter-storage")
    assert "Used 110 Booked 100 Free 0" in shown
    assert "Month Storage 09/26 90 10/26 100 11/26 110" in shown


def test_a_contract_without_seats_says_so(db):
    people.vendor()
    assert "No seats are booked" in words(inside(people.contract(people.customer())).get(PAGE))


@pytest.mark.slow
def test_fifty_thousand_seats_cost_no_query_more(contract):
    seating.book(contract, "full", 60_000)
    client = inside(contract)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        assert client.get(PAGE).status_code == 200
    full, day = people.item("full", "seat"), timedelta(minutes=10)
    with scopes_disabled():
        Seat.objects.bulk_create(
            (
                Seat(
                    contract=contract,
                    kind=full,
                    place=n,
                    name=f"Person {n}",
                    mail=f"p{n}@nordwind.example",
                    owned_bytes=n,
                    assigned_at=people.NOON - n * day,
                )
                for n in range(1, 50_001)
            ),
            batch_size=1000,
        )
        Reading.objects.bulk_create(
            Reading(contract=contract, meter=people.meter(), on=date(2025, 12, 1) + timedelta(days=n), quantity=n)
            for n in range(350)
        )
    with CaptureQueriesContext(connection) as many:
        answer = client.get(PAGE)
    assert "50,000 of 60,000 used" in card(answer, "seat-full")
    # Five find out who asks, as on every page; two more come where anybody owns, or reports, anything.
    assert len(many) <= len(few) + 2
    assert len(many) <= 12, "\n".join(query["sql"][:100] for query in many)
    assert sum(float(query["time"]) for query in many) < 0.5
