"""Reads of meters: what the bookings allow and what the product reported, inside the tenant scope."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from torhaus.catalogue.models import Meter, MeterKind
from torhaus.catalogue.queries import meters_with_allowances
from torhaus.core.texts import Texts
from torhaus.usage.models import Level, Reading
from torhaus.usage.rules import Grant, Tone, allowances, next_month, percent, tone

MONTHS = 12


class MonthEnd(NamedTuple):
    """The last reading of a month."""

    on: date
    quantity: int


@dataclass(frozen=True)
class Metered:
    """A meter with its allowance and the readings at the ends of the last months, oldest first.

    ``total`` is None where no booking brings any, ``used`` where nothing was reported. ``since`` is the first day
    of this month for a counter, which begins anew, and None for a gauge.
    """

    meter: Meter
    total: int | None
    readings: list[MonthEnd]
    since: date | None = None

    @property
    def used(self) -> int | None:
        """The latest reading; of a counter that said nothing this month, nothing was used."""
        if not self.readings:
            return None
        last = self.readings[-1]
        return 0 if self.since is not None and last.on < self.since else last.quantity

    @property
    def free(self) -> int | None:
        """What is left of the allowance."""
        return None if self.total is None else max(0, self.total - (self.used or 0))

    @property
    def read_on(self) -> date | None:
        """The day of the latest reading."""
        return self.readings[-1].on if self.readings else None

    @property
    def tone(self) -> Tone:
        """How near the usage is to the allowance."""
        return Tone.FINE if self.total is None or self.used is None else tone(self.used, self.total)

    @property
    def percent(self) -> int | None:
        """The usage in whole percent of the allowance."""
        return None if self.total is None or self.used is None else percent(self.used, self.total)


def meters_of(contract_id: int, booked: Iterable[tuple[int, int]], today: date) -> list[Metered]:
    """Give each meter that a booking (item id, quantity) allows or the product reported, by name of its key."""
    bookings = list(booked)
    ends = _month_ends(contract_id, today)
    meters, known = meters_with_allowances({item_id for item_id, _ in bookings}, ends.keys())
    totals = allowances(bookings, [Grant(*one) for one in known])
    month = today.replace(day=1)
    found = [
        Metered(meter, totals.get(pk), ends.get(pk, []), month if meter.kind == MeterKind.COUNTER else None)
        for pk, meter in meters.items()
        if pk in totals or pk in ends
    ]
    return sorted(found, key=lambda one: (one.total is None, one.meter.key))


def _month_ends(contract_id: int, today: date) -> dict[int, list[MonthEnd]]:
    """Give by meter the last reading of each of the last twelve months, this one included, oldest first.

    All readings of the year are read, at most 366 of a meter: plain columns in the index's order cost
    less than the nested query that would pick the last of each month.
    """
    found = Reading.objects.filter(contract_id=contract_id, on__gte=_year_ago(today), on__lte=today)
    last: dict[int, dict[tuple[int, int], MonthEnd]] = {}
    for meter_id, on, quantity in found.order_by("meter_id", "on").values_list("meter_id", "on", "quantity"):
        last.setdefault(meter_id, {})[on.year, on.month] = MonthEnd(on, quantity)
    return {meter_id: list(months.values()) for meter_id, months in last.items()}


def _year_ago(today: date) -> date:
    """Give the first day of the twelve months that end with this one."""
    return next_month(date(today.year - 1, today.month, 1))


@dataclass(frozen=True)
class Share:
    """How much of a meter one source uses: of a gauge what it said last, of a counter what it added this month."""

    meter_id: int
    source: str
    quantity: int
    at: datetime
    sources: int


def shares_of(contract_id: int, today: date, limit: int) -> list[Share]:
    """Give of each meter the ``limit`` sources that use most, and how many there are in all, in one query."""
    counts = Q(meter__kind=MeterKind.GAUGE) | Q(on__gte=today.replace(day=1))
    most = (F("quantity").desc(), F("pk").asc())
    rows = (
        Level.objects.filter(counts, contract_id=contract_id)
        .annotate(
            place=Window(RowNumber(), partition_by="meter_id", order_by=most),
            sources=Window(Count("pk"), partition_by="meter_id"),
        )
        .filter(place__lte=limit)
        .order_by("meter_id", "place")
    )
    return [Share(*row) for row in rows.values_list("meter_id", "source", "quantity", "at", "sources")]


def shares_of_source(contract_id: int, source: str, today: date) -> list[Level]:
    """Give how much of each meter one source uses, with the meters."""
    counts = Q(meter__kind=MeterKind.GAUGE) | Q(on__gte=today.replace(day=1))
    rows = Level.objects.filter(counts, contract_id=contract_id, source=source)
    return list(rows.select_related("meter").order_by("meter__key"))


class DayRow(NamedTuple):
    """What a meter came to on a day."""

    on: date
    meter: Texts
    unit: Texts
    quantity: int


def days_of(contract_id: int, today: date) -> Iterator[DayRow]:
    """Give the readings of the last twelve months, day by day, in constant memory."""
    rows = Reading.objects.filter(contract_id=contract_id, on__gte=_year_ago(today), on__lte=today)
    found = rows.order_by("on", "meter__key").values_list("on", "meter__name", "meter__unit", "quantity")
    return (DayRow(*row) for row in found.iterator(chunk_size=2000))
