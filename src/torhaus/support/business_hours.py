"""The clock of support: when an answer is due, counted in the vendor's business hours. Pure.

Spans are on the wall clock of the vendor's time zone; what is counted is time that passes, so a span over
the night of a clock change is an hour longer or shorter than it looks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
# No promise is longer; beyond it a calendar of nothing but holidays is not searched.
HORIZON = timedelta(days=3660)
_NONE: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Calendar:
    """When support works. ``hours``: for Monday to Sunday, spans in minutes since midnight, end excluded.

    Without any span the clock runs day and night.
    """

    time_zone: str
    hours: tuple[tuple[tuple[int, int], ...], ...] = (_NONE,) * 7
    holidays: frozenset[date] = frozenset()

    @property
    def always(self) -> bool:
        """Whether no business hours are set."""
        return not any(self.hours)


def calendar_from(time_zone: str, hours: Mapping[str, Any], holidays: Iterable[str]) -> Calendar:
    """Make a calendar of what a vendor's profile holds; spans and days that cannot be are passed over."""
    return Calendar(
        time_zone,
        tuple(_merged(span for pair in hours.get(day) or () if (span := _span(pair))) for day in DAYS),
        frozenset(day for text in holidays if (day := _day(text))),
    )


def minute_of(text: Any) -> int | None:
    """Read ``09:30`` as minutes since midnight, 24:00 included; None for what is no time of a day."""
    hour, colon, minute = str(text).partition(":")
    if not (colon and hour.isascii() and hour.isdecimal() and len(hour) <= 2):
        return None
    if not (minute.isascii() and minute.isdecimal() and len(minute) == 2 and int(minute) < 60):
        return None
    found = int(hour) * 60 + int(minute)
    return found if found <= MINUTES_A_DAY else None


def due_at(start: datetime, response_hours: int, calendar: Calendar) -> datetime:
    """Give the earliest instant (UTC) by which ``response_hours`` of business time have passed since ``start``.

    ``start`` is aware. A promise is cut at HORIZON.
    """
    start = start.astimezone(UTC)
    left = min(timedelta(hours=min(response_hours, HORIZON.days * 24)), HORIZON)
    if calendar.always or not left:
        return start + left
    for begins, ends in spans(start, start + HORIZON, calendar):
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return start + HORIZON


def business_minutes_between(a: datetime, b: datetime, calendar: Calendar) -> int:
    """Give the whole minutes of business time from ``a`` to ``b`` (aware), 0 if ``b`` comes first."""
    a, b = a.astimezone(UTC), b.astimezone(UTC)
    if b <= a:
        return 0
    if calendar.always:
        return int((b - a) // timedelta(minutes=1))
    total = sum((ends - begins for begins, ends in spans(a, b, calendar)), timedelta())
    return int(total // timedelta(minutes=1))


def spans(a: datetime, b: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Give the stretches of business time between two instants (UTC), in order and without overlap."""
    zone = ZoneInfo(calendar.time_zone)
    day, last, done = a.astimezone(zone).date(), b.astimezone(zone).date(), a
    while day <= last:
        for first, end in () if day in calendar.holidays else calendar.hours[day.weekday()]:
            begins, ends = max(_instant(day, first, zone), done), min(_instant(day, end, zone), b)
            if begins < ends:
                yield begins, ends
                done = ends
        day += timedelta(days=1)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Give the instant of a wall-clock time; one that a clock change leaves out is the moment of the change."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # Read with the offset after the change it lies before the change, and the other way round.
    return _change_between(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def _change_between(a: datetime, b: datetime, zone: ZoneInfo) -> datetime:
    """Give the first minute after ``a`` on which the zone has the offset it has at ``b``."""
    after = b.astimezone(zone).utcoffset()
    while b - a > timedelta(minutes=1):
        middle = a + timedelta(minutes=((b - a) // timedelta(minutes=1)) // 2)
        a, b = (a, middle) if middle.astimezone(zone).utcoffset() == after else (middle, b)
    return b


def _span(pair: Any) -> tuple[int, int] | None:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return None
    first, end = minute_of(pair[0]), minute_of(pair[1])
    return (first, end) if first is not None and end is not None and first < end else None


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((first, end))
    return tuple(found)


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
