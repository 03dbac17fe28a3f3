"""What is booked, used and free of each kind of seat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.seats.rules import Count, Ratio, counts, next_place, seats_with_following


@pytest.mark.parametrize("guests", [2, 5, 10])
def test_B79_seats_bring_others_by_the_plans_ratio(guests):
    ratios = [Ratio("full", "guest", guests), Ratio("admin", "guest", 2)]
    assert seats_with_following({"full": 3}, ratios) == {"full": 3, "guest": 3 * guests}
    assert seats_with_following({"full": 3, "guest": 1}, ratios) == {"full": 3, "guest": 3 * guests + 1}
    assert seats_with_following({"guest": 1}, ratios) == {"guest": 1}
    assert seats_with_following({"full": 1, "admin": 2}, ratios)["guest"] == guests + 4


def test_B76_B77_available_is_booked_less_used():
    found = counts({"full": 5, "guest": 10}, {"full": 3, "room": 1}, {"full": 1})
    assert found == {"full": Count(5, 3, 1), "guest": Count(10, 0), "room": Count(0, 1)}
    assert [(one.available, one.over) for one in found.values()] == [(2, 0), (10, 0), (0, 1)]


def test_a_booking_that_shrank_shows_by_how_many_it_is_over():
    assert (Count(3, 5).available, Count(3, 5).over) == (0, 2)
    assert (Count(5, 5).available, Count(5, 5).over) == (0, 0)


@given(st.integers(0, 30), st.sets(st.integers(1, 40)))
def test_there_is_a_next_place_exactly_while_fewer_are_taken_than_booked(booked, taken):
    place = next_place(booked, taken)
    assert (place is None) == (len(taken) >= booked)
    if place is not None:
        assert 1 <= place <= booked
        assert place not in taken
        assert set(range(1, place)) <= taken
