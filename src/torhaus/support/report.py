"""How fast tickets were answered, by month and package: one pass over the tickets, in constant memory.

Times are business time of the vendor's calendar. A ticket belongs to the month it was opened in; merged ones are
left out, because the one they went into is counted. What is kept for each group is a histogram of minutes.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from django_scopes import scopes_disabled

from torhaus.support.business_hours import HORIZON, Calendar, spans
from torhaus.support.models import Ticket, TicketState

MONTHS = 12
FINE_MINUTES = 10_000  # above that, responses are counted by whole hours: the histogram stays small
_FIELDS = ("opened_at", "answered_at", "due_at", "state", "package", "reason", "response_hours")


@dataclass
class Group:
    """What happened to the tickets of one month and package, or of a whole."""

    tickets: int = 0
    judged: int = 0
    in_time: int = 0
    open: int = 0
    overdue: int = 0
    responses: Counter[int] = field(default_factory=Counter)

    @property
    def share(self) -> float | None:
        """Share answered in time of those with a promise that were answered or are overdue; None without any."""
        return self.in_time / self.judged if self.judged else None

    @property
    def median(self) -> int | None:
        """Median of the first responses, in business minutes."""
        return percentile(self.responses, 50)

    @property
    def slowest(self) -> int | None:
        """The 90th percentile of the first responses, in business minutes."""
        return percentile(self.responses, 90)


@dataclass
class Report:
    """The groups by month (its first day) and package, the months and the reasons as wholes."""

    groups: dict[tuple[date, str], Group] = field(default_factory=dict)
    months: dict[date, Group] = field(default_factory=dict)
    reasons: dict[str, Group] = field(default_factory=dict)
    total: Group = field(default_factory=Group)


class BusinessClock:
    """Counts business seconds between instants of one period by two look-ups, however far they lie apart."""

    def __init__(self, calendar: Calendar, begins: datetime, ends: datetime) -> None:
        found = [] if calendar.always else list(spans(begins, ends, calendar))
        self._begins = [first.timestamp() for first, _last in found]
        lengths = [(last - first).total_seconds() for first, last in found]
        self._lengths = lengths
        self._before = [0.0, *accumulate(lengths)]
        self._always = calendar.always

    def between(self, a: datetime, b: datetime) -> float:
        """Give the business seconds from ``a`` to ``b``; 0 if ``b`` comes first."""
        if b <= a:
            return 0.0
        return (b - a).total_seconds() if self._always else self._until(b) - self._until(a)

    def _until(self, instant: datetime) -> float:
        at = instant.timestamp()
        last = bisect_right(self._begins, at) - 1
        if last < 0:
            return 0.0
        return self._before[last] + min(at - self._begins[last], self._lengths[last])


def percentile(histogram: Counter[int], percent: int) -> int | None:
    """Give the value below or at which ``percent`` of a hundred lie (nearest rank); None of nothing."""
    total = histogram.total()
    if not total:
        return None
    rank, seen = -(-total * percent // 100), 0
    for value in sorted(histogram):
        seen += histogram[value]
        if seen >= rank:
            return value
    return None


def last_months(today: date, count: int = MONTHS) -> list[date]:
    """Give the first days of the last months, the running one last."""
    months = [today.replace(day=1)]
    while len(months) < count:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months[::-1]


def report_across_customers(months: list[date], now: datetime, calendar: Calendar) -> Report:
    """Report on the tickets that were opened in ``months`` (first days, in order)."""
    zone = ZoneInfo(calendar.time_zone)
    after = (months[-1] + timedelta(days=32)).replace(day=1)
    bounds = [datetime.combine(day, time(), tzinfo=zone) for day in (*months, after)]
    clock = BusinessClock(calendar, bounds[0], max(now, bounds[0]))
    report = Report(months={month: Group() for month in months})
    starts = [bound.timestamp() for bound in bounds]
    for opened, answered, due, state, package, reason, hours in _rows(bounds[0], bounds[-1]):
        month = months[bisect_right(starts, opened.timestamp()) - 1]
        groups = (
            report.groups.setdefault((month, package), Group()),
            report.months[month],
            report.reasons.setdefault(reason, Group()),
            report.total,
        )
        seconds = None if answered is None else clock.between(opened, answered)
        waiting = state == TicketState.OPEN
        late = waiting and due is not None and due <= now
        for group in groups:
            _count(group, seconds, hours, waiting=waiting, late=late)
    report.groups = dict(sorted(report.groups.items(), key=lambda item: (-item[0][0].toordinal(), item[0][1])))
    return report


def _count(group: Group, seconds: float | None, hours: int | None, *, waiting: bool, late: bool) -> None:
    group.tickets += 1
    group.open += waiting
    group.overdue += late
    if seconds is not None:
        minutes = int(seconds // 60)
        group.responses[minutes if minutes <= FINE_MINUTES else minutes // 60 * 60] += 1
    if hours is not None and (seconds is not None or late):
        group.judged += 1
        group.in_time += seconds is not None and seconds <= min(hours * 3600, HORIZON.total_seconds())


def _rows(begins: datetime, ends: datetime) -> Iterator[Iterable]:  # type: ignore[type-arg]  # rows of seven columns
    with scopes_disabled():
        rows = Ticket.objects.filter(opened_at__gte=begins, opened_at__lt=ends).exclude(state=TicketState.MERGED)
        yield from rows.order_by().values_list(*_FIELDS).iterator(chunk_size=2000)
