import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.usage.rules import Grant, Tone, allowances, percent, tone

PLAN, ADD_ON, SEAT = 1, 2, 3
OBJECTS, STORAGE = 10, 11


def test_fixed_and_per_unit_allowances_add_up():
    grants = [
        Grant(PLAN, OBJECTS, 1, per_unit=True),
        Grant(ADD_ON, OBJECTS, 500, per_unit=False),
        Grant(SEAT, STORAGE, 20, per_unit=True),
    ]
    assert allowances([(PLAN, 5000), (ADD_ON, 3), (SEAT, 7), (99, 1)], grants) == {OBJECTS: 5500, STORAGE: 140}


def test_what_is_not_booked_brings_nothing():
    assert allowances([(PLAN, 0)], [Grant(PLAN, OBJECTS, 100, per_unit=False)]) == {}


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 100))), st.lists(st.tuples(st.integers(1, 3), st.booleans()))
)
def test_one_more_booking_never_brings_less(booked, kinds):
    grants = [Grant(item, OBJECTS, 5, per_unit=per_unit) for item, per_unit in kinds]
    before = allowances(booked, grants).get(OBJECTS, 0)
    assert allowances([*booked, (PLAN, 1)], grants).get(OBJECTS, 0) >= before


@pytest.mark.parametrize(
    ("used", "total", "expected"),
    [
        (0, 0, Tone.FINE),
        (1, 0, Tone.OVER),
        (79, 100, Tone.FINE),
        (80, 100, Tone.NEAR),
        (89, 100, Tone.NEAR),
        (90, 100, Tone.WARN),
        (100, 100, Tone.WARN),
        (101, 100, Tone.OVER),
        (899, 1000, Tone.NEAR),
    ],
)
def test_tone_warns_from_90_percent(used, total, expected):
    assert tone(used, total) is expected


def test_percent_says_100_only_when_exhausted():
    assert [percent(999, 1000), percent(1000, 1000), percent(1, 0), percent(0, 0)] == [99, 100, 100, 0]
