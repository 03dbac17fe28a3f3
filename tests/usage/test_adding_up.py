"""Days from readings: whatever the order they come in, they come to what a plain count of all of them gives."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.usage.rules import (
    Close,
    Threshold,
    counter_shifts,
    gauge_shifts,
    next_month,
    shifted,
    threshold_kept,
    threshold_reached,
)

START = datetime(2026, 11, 20, tzinfo=UTC)
hours = st.integers(0, 24 * 40)
said = st.lists(st.tuples(st.sampled_from("ab"), hours, st.integers(0, 9)), max_size=25)


def day_of(hour: int) -> date:
    return (START + timedelta(hours=hour)).date()


def gauge_by_hand(told) -> dict[date, int]:
    """On each day with a reading: what every source said last by its end."""
    days = sorted({day_of(hour) for _, hour, _ in told})
    found = {}
    for day in days:
        until = sorted((row for row in told if day_of(row[1]) <= day), key=lambda row: row[1])
        last = {source: quantity for source, _hour, quantity in until}
        found[day] = sum(last.values())
    return found


@given(said, st.randoms(use_true_random=False))
def test_a_gauge_comes_to_the_same_in_any_order(told, dice):
    days: dict[date, int] = {}
    stored: list[tuple[str, int, int]] = []
    batches = [told[n : n + 3] for n in range(0, len(told), 3)]
    dice.shuffle(batches)
    for batch in batches:
        for source in "ab":
            new = [row for row in batch if row[0] == source]
            if not new:
                continue
            closes = {}
            for _, hour, quantity in new:
                at = START + timedelta(hours=hour)
                if day_of(hour) not in closes or at >= closes[day_of(hour)].at:
                    closes[day_of(hour)] = Close(at, quantity)
            first = min(closes)
            own = sorted((row for row in stored if row[0] == source), key=lambda row: row[1])
            before = ([row[2] for row in own if day_of(row[1]) < first] or [0])[-1]
            known = {
                day_of(hour): Close(START + timedelta(hours=hour), quantity)
                for _, hour, quantity in own
                if day_of(hour) >= first
            }
            carried = ([quantity for day, quantity in sorted(days.items()) if day < first] or [0])[-1]
            later = {day: quantity for day, quantity in days.items() if day >= first}
            days |= shifted(later, carried, gauge_shifts(before, known, closes))
            stored += new
    assert days == gauge_by_hand(stored)


@given(st.lists(st.tuples(hours, st.integers(0, 9)), max_size=25))
def test_a_counter_comes_to_the_sum_since_the_month_began(told):
    days: dict[date, int] = {}
    for hour, quantity in told:
        day = day_of(hour)
        month, end = day.replace(day=1), next_month(day)
        carried = ([value for on, value in sorted(days.items()) if month <= on < day] or [0])[-1]
        later = {on: value for on, value in days.items() if day <= on < end}
        days |= shifted(later, carried, counter_shifts({day: quantity}))
    for day, value in days.items():
        of_month = [q for h, q in told if day_of(h).replace(day=1) == day.replace(day=1) and day_of(h) <= day]
        assert value == sum(of_month)


def test_the_month_after_december_is_january():
    assert next_month(date(2026, 12, 31)) == date(2027, 1, 1)
    assert next_month(date(2026, 1, 31)) == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("used", "total", "expected"),
    [
        (0, 0, 0),
        (1, 0, 101),
        (79, 100, 0),
        (80, 100, 80),
        (89, 100, 80),
        (90, 100, 90),
        (100, 100, 100),
        (101, 100, 101),
    ],
)
def test_thresholds_are_80_90_100_and_beyond(used, total, expected):
    assert threshold_reached(used, total) == expected


def test_without_an_allowance_nothing_is_reached():
    assert threshold_reached(10, None) is Threshold.NONE
    assert threshold_kept(101, 10, None) is Threshold.NONE


@pytest.mark.parametrize(
    ("told", "used", "expected"),
    [(80, 79, 80), (80, 78, 0), (101, 100, 101), (101, 99, 101), (101, 98, 90), (90, 89, 90), (90, 88, 80), (0, 99, 0)],
)
def test_what_swings_about_a_threshold_stays_told_of(told, used, expected):
    assert threshold_kept(told, used, 100) == expected
