"""When reports about usage are due. Pure: days are the vendor's, and month ends clamp (31 January, 28 February)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from torhaus.subscriptions.rules import add_months

# At the vendor's; whoever comes to work finds the report there.
SENT_FROM = time(6)
# No planned day lies further ahead; one that does was written by a clock that was wrong.
LONGEST = timedelta(days=62)


@dataclass(frozen=True)
class Rhythm:
    """Weekly on ``weekday`` (0 is Monday), or monthly on ``month_day``; the other one is None."""

    weekday: int | None = None
    month_day: int | None = None


def next_day(rhythm: Rhythm, after: date) -> date:
    """Give the first planned day after ``after``."""
    if rhythm.weekday is not None:
        return after + timedelta(days=(rhythm.weekday - after.weekday() - 1) % 7 + 1)
    here = add_months(after, 0, rhythm.month_day)
    return here if here > after else add_months(after, 1, rhythm.month_day)


def previous_day(rhythm: Rhythm, before: date) -> date:
    """Give the last planned day before ``before``."""
    if rhythm.weekday is not None:
        return before - timedelta(days=(before.weekday() - rhythm.weekday - 1) % 7 + 1)
    here = add_months(before, 0, rhythm.month_day)
    return here if here < before else add_months(before, -1, rhythm.month_day)


def due_until(now: datetime) -> date:
    """Give the last day whose reports are due at an instant in the vendor's time zone."""
    return now.date() if now.time() >= SENT_FROM else now.date() - timedelta(days=1)


def following(rhythm: Rhythm, due: date, reported_on: date | None) -> date:
    """Give the next planned day behind all that is due or sent: a clock set back sends no day twice."""
    sent = reported_on if reported_on is not None and due < reported_on <= due + LONGEST else due
    return next_day(rhythm, sent)
