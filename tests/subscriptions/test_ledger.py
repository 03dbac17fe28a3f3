from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from torhaus.subscriptions.rules import Entry, Happened, changes, in_force, stretches

AT = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = date(2026, 1, 1)
SOME = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def ledgers(draw):
    found = []
    for order in range(draw(st.integers(0, 8))):
        begins = draw(st.none() | SOME)
        until = draw(st.none() | SOME)
        if begins and until and until < begins:
            begins, until = until, begins
        line = draw(st.sampled_from(["plan", "seats"]))
        found.append(Entry(order, line, draw(st.sampled_from("ab")), draw(st.integers(0, 3)), begins, until, AT))
    return draw(st.permutations(found))


def _by_definition(entries, day):
    """The docstring of Booking: the last booked of those that have begun, unless it is over."""
    result = set()
    for line in {entry.line for entry in entries}:
        begun = [e for e in entries if e.line == line and (e.active_from is None or e.active_from <= day)]
        if begun:
            last = max(begun, key=lambda e: e.order)
            if last.quantity and (last.until is None or day <= last.until):
                result.add(last)
    return result


@given(ledgers(), SOME)
def test_in_force_is_the_last_booked_that_has_begun(entries, day):
    assert set(in_force(entries, day)) == _by_definition(entries, day)


@given(ledgers())
def test_stretches_of_a_line_follow_each_other_without_overlap(entries):
    for line in stretches(entries).values():
        for here, there in pairwise(line):
            assert here.ends_on is not None
            assert there.starts_on is not None
            assert here.ends_on < there.starts_on


@given(ledgers())
def test_every_booking_is_one_change_latest_first(entries):
    found = changes(entries)
    assert [change.entry.order for change in found] == sorted((e.order for e in entries), reverse=True)
    for change in found:
        assert change.before is None or change.before.order < change.entry.order


def test_changes_say_what_happened():
    def entry(order, what="medium", quantity=5000, **more):
        return Entry(order, "plan", what, quantity, more.get("begins"), None, AT + timedelta(days=order))

    ledger = [
        entry(1),
        entry(2, quantity=6000),
        entry(3, "large", 6000),
        entry(4, "large", 6000, begins=FIRST),
        entry(5, "large", 0),
    ]
    assert [change.happened for change in changes(ledger)] == [
        Happened.ENDED,
        Happened.DATES,
        Happened.EXCHANGED,
        Happened.QUANTITY,
        Happened.ADDED,
    ]
