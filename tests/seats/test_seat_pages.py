"""Pages far inside of a long list are reached from the page one comes from, and show what their numbers say."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from tests import people
from tests.seats import seating
from torhaus.seats import seat_pages
from torhaus.seats.models import Seat
from torhaus.seats.queries import seat_standing
from torhaus.seats.seat_list import SORTS, SeatFilter, filtered_seats, in_order
from torhaus.seats.seat_pages import Place, place_in, place_of, seats_of_page, seek

pytestmark = pytest.mark.django_db
EITHER_WAY = [f"{way}{one}" for one in SORTS for way in ("", "-")]
LIMIT, EVERY = 4, SeatFilter()


@pytest.fixture
def many(monkeypatch):
    """A contract of sixty seats that is long for its list; names, organisations and sizes are shared by some."""
    monkeypatch.setattr(seat_pages, "AT_HAND", 9)
    of = seating.contract(full=60)
    kinds = [people.item(key, "seat") for key in ("full", "guest")]
    with scopes_disabled():
        Seat.objects.bulk_create(
            Seat(contract=of, kind=kinds[n % 10 == 0], place=n, name=f"Name {n * 7 % 5}", mail=f"p{n:02}@nordwind.example",
                 organisation="Nordwind" if n % 3 else "", state="active" if n % 8 else "initiated", owned_bytes=n % 4,
                 assigned_at=people.NOON, last_seen_at=people.NOON - timedelta(hours=n % 20) if n % 6 else None)
            for n in range(1, 61)
        )  # fmt: skip
    return of


def looked_for(of, sort, wanted=EVERY):
    return seek(of, wanted, sort, kinds=seat_standing(of, people.NOON.date()), now=people.NOON)


def keys(seats) -> list[int]:
    return [one.pk for one in seats]


def skipped(sought, offset, near) -> int:
    """How many seats the database passes over for a page."""
    with CaptureQueriesContext(connection) as queries:
        assert seats_of_page(sought, offset=offset, limit=LIMIT, near=near)
    found = re.search(r"OFFSET (\d+)", queries[-1]["sql"])
    return int(found[1]) if found else 0


@pytest.mark.parametrize("sort", EITHER_WAY)
@pytest.mark.parametrize("wanted", [SeatFilter(), SeatFilter(state="active")])
def test_from_whatever_place_each_page_shows_what_its_number_says(many, sort, wanted):
    with scope(customer=many.customer_id, customer_ref=many.customer.ref):
        every = list(in_order(filtered_seats(many, wanted, people.NOON), sort).values_list("pk", flat=True))
        sought = looked_for(many, sort, wanted)
        assert sought.total == len(every)
        for begin in range(0, len(every), 3 * LIMIT):
            first = seats_of_page(sought, offset=begin, limit=LIMIT)[0]
            near = place_in(str(place_of(sought, first, begin)))
            assert near is not None
            for offset in range(0, len(every), LIMIT):
                found = keys(seats_of_page(sought, offset=offset, limit=LIMIT, near=near))
                assert found == every[offset : offset + LIMIT], (begin, offset)


@pytest.mark.parametrize("sort", [one for one in EITHER_WAY if one.removeprefix("-") not in {"kind", "state"}])
@pytest.mark.parametrize("steps", [1, -1, 2])
def test_a_page_far_inside_skips_no_more_than_lies_between(many, sort, steps):
    with scope(customer=many.customer_id, customer_ref=many.customer.ref):
        sought = looked_for(many, sort)
        near = place_of(sought, seats_of_page(sought, offset=24, limit=LIMIT)[0], 24)
        assert skipped(sought, 24 + steps * LIMIT, near) <= 2 * LIMIT
        assert skipped(sought, 24 + steps * LIMIT, None) >= 20, "else one cannot tell"


def test_whoever_moves_release_or_came_meanwhile_leaves_no_page_wrong(many):
    with scope(customer=many.customer_id, customer_ref=many.customer.ref):
        sought = looked_for(many, "-seen")
        first = seats_of_page(sought, offset=24, limit=LIMIT)[0]
        near = place_of(sought, first, 24)
        assert near is not None
        Seat.objects.filter(pk=first.pk).update(last_seen_at=people.NOON + timedelta(days=1))
        every = keys(in_order(filtered_seats(many, SeatFilter(), people.NOON), "-seen"))
        assert keys(seats_of_page(sought, offset=28, limit=LIMIT, near=near)) == every[28:32], (
            "it was seen: counted anew"
        )
    seating.release(many, first)
    with scope(customer=many.customer_id, customer_ref=many.customer.ref):
        sought = looked_for(many, "-seen")
        every = keys(in_order(filtered_seats(many, SeatFilter(), people.NOON), "-seen"))
        assert keys(seats_of_page(sought, offset=28, limit=LIMIT, near=near)) == every[28:32], (
            "it is gone: counted anew"
        )


def test_places_of_other_customers_and_nonsense_lead_nowhere_else(many):
    other = seating.contract("V-2026-002", full=5)
    stranger = seating.assign(other, "eve")
    with scope(customer=many.customer_id, customer_ref=many.customer.ref):
        sought = looked_for(many, "holder")
        every = keys(seats_of_page(sought, offset=28, limit=LIMIT))
        mark = seat_pages._mark(["Eve", "eve@nordwind.example"])
        for near in (Place(24, stranger.ref, mark), Place(10**8, stranger.ref, mark), Place(24, "nobody", "0")):
            assert keys(seats_of_page(sought, offset=28, limit=LIMIT, near=near)) == every
    for text in (
        "",
        ".",
        "1.a",
        "a.b.c",
        "-1.a.b",
        "1..",
        "²." + "a.b",
        "9" * 5000,
        "1.a.b\x00",
        "1.ä.b",
        f"1.a.{'b' * 99}",
    ):
        assert place_in(text) is None, text


def test_short_lists_and_searches_need_no_places(many):
    with scope(customer=many.customer_id, customer_ref=many.customer.ref):
        found = looked_for(many, "holder", SeatFilter(text="nordwind"))
        assert place_of(found, seats_of_page(found, offset=0, limit=LIMIT)[0], 0) is None
        few = looked_for(many, "holder", SeatFilter(kind="guest"))
        assert place_of(few, seats_of_page(few, offset=0, limit=LIMIT)[0], 0) is None
