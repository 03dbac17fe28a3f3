"""When an offline licence is issued, until when its file lives, and what makes a new one necessary."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.licences import licence
from torhaus.licensing.rules import (
    LAST,
    Refusal,
    content,
    day_granted,
    end_of,
    file_end,
    later,
    refusal,
)
from torhaus.subscriptions.rules import Agreement, standing
from torhaus_sdk.licence import Item

NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)
ENDS = datetime(2027, 3, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(2026, 3, 28), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 24), "Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (date(2028, 2, 28), "Europe/Berlin", datetime(2028, 2, 28, 23, tzinfo=UTC)),
        (date(2028, 2, 29), "UTC", datetime(2028, 3, 1, tzinfo=UTC)),
        (date(2026, 12, 31), "America/Los_Angeles", datetime(2027, 1, 1, 8, tzinfo=UTC)),
        (date(9999, 12, 31), "Europe/Berlin", LAST),
        (date(1955, 1, 1), "Europe/Berlin", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_B54_a_day_ends_at_the_vendors_midnight(day, zone, instant):
    assert end_of(day, zone) == instant


@pytest.mark.parametrize(
    ("days", "ends_at", "grace", "expected"),
    [
        (None, ENDS, 30, NOW + timedelta(days=30)),
        (None, None, 30, NOW + timedelta(days=30)),
        (90, ENDS, 30, NOW + timedelta(days=90)),
        (400, ENDS, 30, ENDS + timedelta(days=30)),
        (400, ENDS, 0, ENDS),
        (None, NOW + timedelta(days=3), 4, NOW + timedelta(days=7)),
        (2_000_000_000, None, 30, LAST),
        (2_000_000_000, datetime(9999, 12, 1, tzinfo=UTC), 2_000_000_000, LAST),
    ],
)
def test_R50_a_file_lives_30_days_or_as_agreed_and_never_beyond_licence_and_grace(days, ends_at, grace, expected):
    assert file_end(NOW, days=days, ends_at=ends_at, grace_days=grace) == expected


def stands(**fields):
    values = {"starts_on": date(2026, 4, 1), "ends_on": date(2027, 3, 31), "term_months": 12}
    return standing(Agreement(**values | fields), date(2026, 11, 22))


def why(*, ends_at=ENDS, now=NOW, grace=30, suspended=False, **fields):
    return refusal(stands(**fields), suspended=suspended, ends_at=ends_at, grace_days=grace, now=now)


def test_a_reason_for_each_refusal():
    assert why() is None
    assert why(suspended=True) is Refusal.SUSPENDED
    assert why(starts_on=date(2026, 11, 23)) is Refusal.UPCOMING
    last = ENDS + timedelta(days=30)
    assert why(now=last - timedelta(seconds=1)) is None
    assert why(now=last) is Refusal.ENDED
    assert why(now=ENDS, grace=0) is Refusal.ENDED
    assert why(now=last, suspended=True) is Refusal.SUSPENDED
    assert why(ends_at=None, ends_on=None, term_months=None, now=LAST) is None


def test_after_the_end_the_bookings_of_the_last_day_count():
    assert day_granted(stands(), date(2026, 11, 22)) == date(2026, 11, 22)
    assert day_granted(stands(ends_on=date(2026, 11, 1)), date(2026, 11, 22)) == date(2026, 11, 1)
    assert day_granted(stands(ends_on=None, term_months=None), date(2026, 11, 22)) == date(2026, 11, 22)


MATTERS = [
    {"licence_ends_at": None},
    {"maintained_until": NOW},
    {"items": ()},
    {"items": (Item("medium", "plan", "Plan Größe M", 2), Item("api", "add_on", "API", 2, NOW))},
    {"allowances": {"objects": 6000, "tenants": None}},
    {"seats": {}},
    {"grace_days": 31},
    {"edition": "large"},
    {"audience": ("acme",)},
    {"tokens": ("newtoken0000", "Ab3dE5fG7hJ9")},
]


@pytest.mark.parametrize("change", MATTERS, ids=lambda change: next(iter(change)))
def test_what_matters_changes_the_digest(change):
    assert content(licence()) != content(licence(**change))


def test_times_numbers_names_and_ended_older_tokens_do_not():
    plain = licence()
    later_one = replace(
        plain,
        id="x",
        sequence=99,
        issued_at=NOW,
        not_before=NOW,
        expires_at=LAST,
        items=tuple(replace(item, name="renamed") for item in plain.items),
        tokens=(*plain.tokens, "olderToken00"),
    )
    assert content(plain) == content(later_one)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 2**31))
def test_later_never_fails_and_never_goes_back(moment, days):
    assert min(moment, LAST) <= later(moment, days) <= LAST
