"""When usage reports are due: each week or each month on a day, whatever the month's length."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from torhaus.usage.report_rules import LONGEST, Rhythm, due_until, following, next_day, previous_day

RHYTHMS = st.one_of(
    st.integers(0, 6).map(lambda day: Rhythm(weekday=day)), st.integers(1, 31).map(lambda day: Rhythm(month_day=day))
)
DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))


def test_month_ends_clamp_and_the_anchor_stays():
    last = Rhythm(month_day=31)
    assert next_day(last, date(2027, 1, 30)) == date(2027, 1, 31)
    assert next_day(last, date(2027, 1, 31)) == date(2027, 2, 28)
    assert next_day(last, date(2027, 2, 28)) == date(2027, 3, 31)
    assert previous_day(last, date(2027, 3, 31)) == date(2027, 2, 28)
    assert previous_day(last, date(2028, 3, 1)) == date(2028, 2, 29)
    assert next_day(Rhythm(weekday=0), date(2026, 11, 29)) == date(2026, 11, 30)
    assert next_day(Rhythm(weekday=0), date(2026, 11, 30)) == date(2026, 12, 7)


@given(RHYTHMS, DAYS)
def test_the_next_day_lies_ahead_fits_and_skips_none(rhythm, day):
    found = next_day(rhythm, day)
    assert day < found <= day + timedelta(days=31)
    if rhythm.weekday is not None:
        assert found.weekday() == rhythm.weekday
    else:
        assert found.day == rhythm.month_day or (found + timedelta(days=1)).day == 1
    assert previous_day(rhythm, found) <= day
    assert next_day(rhythm, previous_day(rhythm, found)) == found


@given(RHYTHMS, DAYS, st.integers(0, 62))
def test_a_clock_set_back_plans_no_day_that_was_sent(rhythm, day, back):
    sent = next_day(rhythm, day)
    assert following(rhythm, sent - timedelta(days=back), sent) > sent


def test_a_day_of_a_wrong_clock_counts_no_more():
    today = date(2026, 11, 29)
    assert following(Rhythm(weekday=0), today, today + LONGEST + timedelta(days=1)) == date(2026, 11, 30)


def test_reports_are_due_from_six_in_the_morning():
    assert due_until(datetime(2026, 11, 30, 5, 59, tzinfo=UTC)) == date(2026, 11, 29)
    assert due_until(datetime(2026, 11, 30, 6, 0, tzinfo=UTC)) == date(2026, 11, 30)
