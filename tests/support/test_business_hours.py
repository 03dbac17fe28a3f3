from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from torhaus.support.business_hours import (
    DAYS,
    HORIZON,
    Calendar,
    business_minutes_between,
    calendar_from,
    due_at,
    minute_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = calendar_from("Europe/Berlin", WEEK, [])
AROUND_THE_CLOCK = calendar_from("Europe/Berlin", {day: [["00:00", "24:00"]] for day in DAYS}, [])


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-23T09:00", 4, "2026-11-23T13:00"),  # a Monday
        ("2026-11-23T16:00", 4, "2026-11-24T12:00"),
        ("2026-11-20T16:30", 24, "2026-11-25T16:30"),  # over a weekend
        ("2026-11-21T11:00", 1, "2026-11-23T10:00"),  # asked on Saturday
        ("2026-11-23T03:00", 8, "2026-11-23T17:00"),  # the end of a span is still in time
        ("2026-11-23T03:00", 0, "2026-11-23T03:00"),
        ("2026-03-27T16:00", 2, "2026-03-30T10:00"),  # over the change to summer time
        ("2026-10-23T16:00", 2, "2026-10-26T10:00"),  # and back
    ],
)
def test_an_answer_is_due_in_business_hours(start, hours, due):
    assert due_at(local(start), hours, OFFICE) == local(due)


def test_holidays_and_a_break_at_noon_do_not_count():
    hours = WEEK | {"mon": [["13:00", "17:00"], ["08:00", "12:00"]]}
    calendar = calendar_from("Europe/Berlin", hours, ["2026-12-25"])
    assert due_at(local("2026-11-23T11:00"), 2, calendar) == local("2026-11-23T14:00")
    assert due_at(local("2026-12-24T16:00"), 2, calendar) == local("2026-12-28T09:00")
    assert business_minutes_between(local("2026-12-24T16:00"), local("2026-12-28T09:00"), calendar) == 120


def test_a_day_of_a_clock_change_is_as_long_as_it_is():
    assert business_minutes_between(local("2026-03-29T00:00"), local("2026-03-30T00:00"), AROUND_THE_CLOCK) == 23 * 60
    assert business_minutes_between(local("2026-10-25T00:00"), local("2026-10-26T00:00"), AROUND_THE_CLOCK) == 25 * 60


def test_a_span_that_a_clock_change_leaves_out_is_no_time():
    calendar = calendar_from("Europe/Berlin", {"sun": [["02:15", "02:45"], ["03:00", "04:00"]]}, [])
    # On 29 March 2026 it is 3 o'clock after 1:59.
    assert business_minutes_between(local("2026-03-29T00:00"), local("2026-03-30T00:00"), calendar) == 60
    half = calendar_from("Europe/Berlin", {"sun": [["01:30", "02:30"]]}, [])
    assert business_minutes_between(local("2026-03-29T00:00"), local("2026-03-30T00:00"), half) == 30


def test_other_time_zones_have_their_own_hours():
    calendar = calendar_from("Asia/Kolkata", WEEK, [])
    assert due_at(datetime(2026, 11, 23, 0, 0, tzinfo=UTC), 1, calendar) == local(
        "2026-11-23T10:00", ZoneInfo("Asia/Kolkata")
    )


@pytest.mark.parametrize(
    "hours", [{}, {"mon": []}, {"mon": [["17:00", "09:00"]]}, {"mon": "nonsense"}, {"mon": [["x", "y"]]}]
)
def test_without_business_hours_the_clock_runs_day_and_night(hours):
    calendar = calendar_from("Europe/Berlin", hours, ["no day", "2026-11-24"])
    assert calendar.always
    assert due_at(local("2026-11-21T11:00"), 24, calendar) == local("2026-11-22T11:00")
    assert business_minutes_between(local("2026-11-21T11:00"), local("2026-11-22T11:30"), calendar) == 24 * 60 + 30


def test_nothing_but_holidays_and_enormous_promises_end_at_the_horizon():
    start = local("2026-11-23T09:00")
    days = frozenset(date(2026, 11, 23) + timedelta(days=n) for n in range(HORIZON.days + 2))
    closed = Calendar("Europe/Berlin", OFFICE.hours, days)
    assert due_at(start, 1, closed) == start + HORIZON
    assert due_at(start, 2**31, OFFICE) == start + HORIZON
    assert due_at(start, 2**31, Calendar("UTC")) == start + HORIZON


@pytest.mark.parametrize(
    ("text", "minute"),
    [("00:00", 0), ("9:05", 545), ("24:00", 1440), ("24:01", None), ("12:60", None), ("-1:00", None), ("٣:00", None),
     ("9", None), ("9:5", None), (None, None)],
)  # fmt: skip
def test_minute_of(text, minute):
    assert minute_of(text) == minute


minutes = st.integers(0, 1440)
calendars = st.builds(
    lambda zone, week, days: calendar_from(
        zone,
        {
            day: [[f"{a // 60:02}:{a % 60:02}", f"{b // 60:02}:{b % 60:02}"] for a, b in spans]
            for day, spans in zip(DAYS, week, strict=True)
        },
        [day.isoformat() for day in days],
    ),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]),
    st.lists(st.lists(st.tuples(minutes, minutes), max_size=3), min_size=7, max_size=7),
    st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=10),
)
# hypothesis wants the bounds without a time zone
FIRST, LAST = datetime(2026, 1, 1), datetime(2027, 12, 31)  # noqa: DTZ001 - see above
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@settings(max_examples=200, deadline=None)
@given(calendars, instants, st.integers(1, 60))
def test_due_at_is_the_first_instant_by_which_the_promised_time_has_passed(calendar, start, hours):
    due = due_at(start, hours, calendar)
    assert due - start >= timedelta(hours=hours)
    if due < start + HORIZON:
        assert business_minutes_between(start, due, calendar) == hours * 60
        assert business_minutes_between(start, due - timedelta(seconds=1), calendar) < hours * 60


@settings(max_examples=200, deadline=None)
@given(calendars, st.lists(instants, min_size=3, max_size=3))
def test_business_time_adds_up_and_never_exceeds_the_clock(calendar, three):
    a, b, c = (one.replace(second=0, microsecond=0) for one in sorted(three))
    whole = business_minutes_between(a, c, calendar)
    assert whole == business_minutes_between(a, b, calendar) + business_minutes_between(b, c, calendar)
    assert 0 <= whole <= (c - a) / timedelta(minutes=1)
    assert business_minutes_between(c, a, calendar) == 0


@settings(max_examples=200, deadline=None)
@given(calendars, instants, instants, st.integers(0, 60))
def test_who_asks_later_is_not_answered_earlier(calendar, one, other, hours):
    first, second = sorted((one, other))
    assert due_at(first, hours, calendar) <= due_at(second, hours, calendar)
