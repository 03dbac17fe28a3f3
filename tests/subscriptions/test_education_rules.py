"""Rules of education terms: when a mark is told of, how long it is usually granted, and what it takes off."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.subscriptions.education_rules import STAGES, last_end, less, stage_due, usual_end

END = date(2027, 11, 21)


@pytest.mark.parametrize(
    ("left", "told", "due"),
    [
        (61, None, None),
        (60, None, 60),
        (60, 60, None),
        (31, 60, None),
        (30, 60, 30),
        (30, None, 30),
        (7, None, 7),
        (7, 30, 7),
        (0, 7, None),
        (0, None, 7),
        (-1, None, None),
        (-1, 60, None),
    ],
)
def test_a_stage_is_due_once_and_none_after_the_end(left, told, due):
    assert stage_due(END, told, END - timedelta(days=left)) == due


@given(st.lists(st.integers(0, 400), min_size=1, max_size=10))
def test_however_often_it_is_looked_no_stage_is_told_twice_and_they_come_in_order(days):
    told, said = None, []
    for left in sorted(days, reverse=True):
        if (due := stage_due(END, told, END - timedelta(days=left))) is not None:
            told = due
            said.append(due)
    assert said == sorted(set(said), reverse=True)
    assert set(said) <= set(STAGES)
    assert bool(said) == (min(days) <= 60)


@pytest.mark.parametrize(
    ("today", "mark_ends", "expected"),
    [
        (date(2026, 11, 22), None, date(2027, 11, 21)),
        (date(2024, 2, 29), None, date(2025, 2, 27)),
        (date(2026, 11, 22), date(2026, 12, 31), date(2027, 12, 31)),
        (date(2026, 11, 22), date(2026, 11, 21), date(2027, 11, 21)),
        (date(2026, 11, 22), date(2028, 11, 22), date(2028, 11, 22)),
        (date(2026, 11, 22), date(2027, 12, 31), date(2028, 11, 22)),
    ],
)
def test_a_mark_is_granted_for_a_year_behind_the_one_that_holds(today, mark_ends, expected):
    assert usual_end(today, mark_ends) == expected
    assert usual_end(today, mark_ends) <= last_end(today)


@given(st.integers(0, 10**12), st.integers(0, 100))
def test_a_reduced_amount_is_rounded_by_half_a_cent_at_most(cents, percent):
    reduced = less(cents, percent)
    assert 2 * abs(100 * reduced - cents * (100 - percent)) <= 100
    assert 0 <= reduced <= cents
    assert less(cents, 0) == cents
    assert less(cents, 100) == 0
