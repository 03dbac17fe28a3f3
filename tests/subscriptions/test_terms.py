from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.subscriptions.rules import (
    Agreement,
    Cancellation,
    Status,
    Term,
    add_months,
    cancellation,
    current_term,
    next_invoice_on,
    notice_days,
    plus_days,
    standing,
    status,
)

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
YEARLY = Agreement(date(2026, 4, 1), date(2027, 3, 31), 12, auto_renews=True)
MONTHLY = Agreement(date(2026, 1, 31), date(2026, 2, 27), 1, auto_renews=True)


@st.composite
def agreements(draw, renewing=None):
    starts = draw(DAYS)
    months = draw(st.sampled_from([1, 2, 3, 6, 12, 24, 36]))
    terms = draw(st.integers(1, 4))
    kind = draw(st.sampled_from(["aligned", "crooked", "open"]))
    renews = draw(st.booleans()) if renewing is None else renewing
    ends = add_months(starts, months * terms) - timedelta(days=1)
    if kind == "crooked":
        ends = starts + timedelta(days=draw(st.integers(0, 900)))
    if kind == "open" and not renews:
        ends, months = None, None
    cancelled = draw(st.none() | st.integers(0, 3000).map(lambda n: starts + timedelta(days=n)))
    notice = draw(st.none() | st.integers(0, 400))
    return Agreement(starts, ends, months, renews, notice, cancelled, draw(st.booleans()))


@pytest.mark.parametrize(
    ("day", "months", "anchor", "expected"),
    [
        (date(2026, 1, 31), 1, None, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, None, date(2028, 2, 29)),
        (date(2026, 2, 28), 1, 31, date(2026, 3, 31)),
        (date(2026, 3, 31), -1, None, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, None, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, None, date(2027, 1, 15)),
        (date(2026, 1, 1), 10**9, None, date.max),
        (date(2026, 1, 1), -(10**9), None, date.min),
    ],
)
def test_months_clamp_at_the_end_of_a_month(day, months, anchor, expected):
    assert add_months(day, months, anchor) == expected


@given(DAYS, st.integers(-600, 600))
def test_moving_by_months_keeps_the_month_count_and_never_a_later_day(day, months):
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved.day < day.day and plus_days(moved, 1).day == 1)


def test_the_31st_stays_the_anchor_through_february():
    terms = [current_term(MONTHLY, day) for day in (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))]
    assert terms == [
        Term(date(2026, 1, 31), date(2026, 2, 27)),
        Term(date(2026, 2, 28), date(2026, 3, 30)),
        Term(date(2026, 3, 31), date(2026, 4, 29)),
    ]


def test_an_end_long_past_is_carried_forward_for_what_renews_only():
    old = Agreement(date(2016, 4, 1), date(2017, 3, 31), 12, auto_renews=True)
    assert current_term(old, date(2026, 11, 22)) == Term(date(2026, 4, 1), date(2027, 3, 31))
    fixed = Agreement(date(2016, 4, 1), date(2017, 3, 31), 12)
    found = standing(fixed, date(2026, 11, 22))
    assert (found.term, found.status, found.days_left) == (
        Term(date(2016, 4, 1), date(2017, 3, 31)),
        Status.EXPIRED,
        0,
    )


def test_a_term_longer_than_the_renewals_stands_whole():
    first_year_then_monthly = Agreement(date(2026, 1, 1), date(2026, 12, 31), 1, auto_renews=True)
    assert current_term(first_year_then_monthly, date(2026, 5, 5)) == Term(date(2026, 1, 1), date(2026, 12, 31))
    assert current_term(first_year_then_monthly, date(2026, 12, 5)) == Term(date(2026, 12, 1), date(2026, 12, 31))


@given(agreements(renewing=True), DAYS)
def test_the_running_term_of_what_renews_contains_the_day(agreed, today):
    term = current_term(agreed, today)
    last = agreed.cancelled_to
    assert term.starts_on <= term.ends_on
    if today >= agreed.starts_on and (last is None or today <= last):
        assert term.starts_on <= today <= term.ends_on
    if last is not None:
        assert term.ends_on <= max(last, agreed.starts_on)


@given(agreements(renewing=True), DAYS)
def test_terms_follow_each_other_without_gap(agreed, today):
    agreed = Agreement(agreed.starts_on, agreed.ends_on, agreed.term_months, auto_renews=True)
    here = current_term(agreed, max(today, agreed.ends_on + timedelta(days=1)))
    following = current_term(agreed, here.ends_on + timedelta(days=1))
    assert following.starts_on == here.ends_on + timedelta(days=1)
    months = (following.starts_on.year - here.starts_on.year) * 12 + following.starts_on.month - here.starts_on.month
    assert months == agreed.term_months


def _step_by_step(agreed, today):
    """The slow way: one term after the other from the anchor."""
    first = agreed.ends_on + timedelta(days=1)
    months = (first.year - agreed.starts_on.year) * 12 + first.month - agreed.starts_on.month
    base, offset = (agreed.starts_on, months) if add_months(agreed.starts_on, months) == first else (first, 0)
    begin = first
    while True:
        offset += agreed.term_months
        nxt = add_months(base, offset)
        if today < nxt:
            return Term(begin, nxt - timedelta(days=1))
        begin = nxt


@given(agreements(renewing=True), DAYS)
def test_the_derived_term_is_the_one_counted_step_by_step(agreed, today):
    agreed = Agreement(agreed.starts_on, agreed.ends_on, agreed.term_months, auto_renews=True)
    day = max(today, agreed.ends_on + timedelta(days=1))
    assert current_term(agreed, day) == _step_by_step(agreed, day)


@given(agreements(), DAYS)
def test_no_day_count_is_negative_and_progress_stays_a_percentage(agreed, today):
    found = standing(agreed, today)
    assert found.days_left is None or found.days_left >= 0
    assert found.progress is None or 0 <= found.progress <= 100
    assert (found.days_left is None) == (found.term.ends_on is None)
    if found.status is Status.EXPIRED:
        assert found.days_left == 0 or today < agreed.starts_on
        assert found.cancellation is None
        assert found.next_invoice_on is None


@pytest.mark.parametrize(
    ("months", "own", "expected"),
    [(1, None, 14), (0, None, 14), (2, None, 30), (12, None, 30), (None, None, 30), (1, 5, 5), (12, 0, 0)],
)
def test_B96_notice_is_14_days_up_to_a_month_and_30_beyond(months, own, expected):
    assert notice_days(Agreement(date(2026, 1, 1), None, months, notice_days=own)) == expected


def test_B96_once_the_last_day_has_passed_it_is_the_next_terms():
    assert cancellation(YEARLY, date(2027, 3, 1)) == Cancellation(date(2027, 3, 1), date(2027, 3, 31))
    assert cancellation(YEARLY, date(2027, 3, 2)) == Cancellation(date(2028, 3, 1), date(2028, 3, 31))
    monthly = Agreement(date(2026, 1, 1), date(2026, 1, 31), 1, auto_renews=True)
    assert cancellation(monthly, date(2026, 1, 17)) == Cancellation(date(2026, 1, 17), date(2026, 1, 31))
    assert cancellation(monthly, date(2026, 1, 18)) == Cancellation(date(2026, 2, 14), date(2026, 2, 28))


@given(agreements(renewing=True), DAYS)
def test_B96_the_last_day_to_cancel_is_never_past_and_the_earliest_possible(agreed, today):
    found = cancellation(agreed, today)
    if found is None:
        assert agreed.cancelled_to is not None
        return
    assert found.by >= min(today, agreed.starts_on)
    assert found.by + timedelta(days=notice_days(agreed)) == found.to
    assert found.to >= current_term(agreed, today).ends_on
    previous_end = current_term(agreed, found.to).starts_on - timedelta(days=1)
    if found.to > agreed.ends_on and today >= agreed.starts_on:
        assert previous_end - timedelta(days=notice_days(agreed)) < today


def test_status_says_how_it_stands():
    def on(day, **more):
        return status(Agreement(**{"starts_on": date(2026, 4, 1), "ends_on": date(2027, 3, 31)} | more), day)

    assert on(date(2026, 3, 31)) is Status.UPCOMING
    assert on(date(2026, 4, 1)) is Status.ACTIVE
    assert on(date(2027, 3, 31)) is Status.ACTIVE
    assert on(date(2027, 4, 1)) is Status.EXPIRED
    assert on(date(2027, 4, 1), term_months=12, auto_renews=True) is Status.ACTIVE
    assert on(date(2026, 5, 1), cancelled_to=date(2026, 6, 30)) is Status.ENDING
    assert on(date(2026, 7, 1), cancelled_to=date(2026, 6, 30)) is Status.EXPIRED
    assert on(date(2026, 3, 1), cancelled_to=date(2026, 3, 31)) is Status.EXPIRED
    assert on(date(2026, 5, 1), suspended=True) is Status.SUSPENDED
    assert on(date(2027, 5, 1), suspended=True) is Status.EXPIRED


def test_what_has_no_end_is_unlimited():
    found = standing(Agreement(date(2020, 1, 1)), date(2026, 11, 22))
    assert (found.term.ends_on, found.days_left, found.progress, found.next_invoice_on) == (None, None, None, None)
    assert found.status is Status.ACTIVE
    assert found.cancellation is None


def test_B20_next_invoice_falls_on_the_day_after_the_current_term():
    assert next_invoice_on(YEARLY, date(2026, 11, 22)) == date(2027, 4, 1)
    assert next_invoice_on(YEARLY, date(2027, 4, 1)) == date(2028, 4, 1)
    ends = Agreement(date(2026, 4, 1), date(2027, 3, 31), 12)
    assert next_invoice_on(ends, date(2026, 11, 22)) is None
    cancelled = Agreement(date(2026, 4, 1), date(2027, 3, 31), 12, auto_renews=True, cancelled_to=date(2027, 3, 31))
    assert next_invoice_on(cancelled, date(2026, 11, 22)) is None


def test_extreme_days_do_not_break_the_rules():
    forever = Agreement(date(2026, 1, 1), date.max, 12, auto_renews=True)
    assert standing(forever, date(2026, 11, 22)).term.ends_on == date.max
    assert standing(forever, date.max).days_left == 0
    huge = Agreement(date(2026, 1, 1), date(2026, 12, 31), 2**31 - 1, auto_renews=True, notice_days=2**31 - 1)
    assert standing(huge, date(2030, 1, 1)).term.ends_on >= date(2030, 1, 1)
