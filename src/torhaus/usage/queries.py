"""Reads of meters: what the bookings allow and what the product reported, inside the tenant scope."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from torhaus.catalogue.models import Meter
from torhaus.catalogue.queries import allowances_of, meters_by_key
from torhaus.usage.models import Reading
from torhaus.usage.rules import Grant, Tone, allowances, percent, tone

MONTHS = 12


class MonthEnd(NamedTuple):
    """The last reading of a month."""

    on: date
    quantity: int


@dataclass(frozen=True)
class Metered:
    """A meter with its allowance and the readings at the ends of the last months, oldest first.

    ``total`` is None where no booking brings any, ``used`` where nothing was reported.
    """

    meter: Meter
    total: int | None
    readings: list[MonthEnd]

    @property
    def used(self) -> int | None:
        """The latest reading."""
        return self.readings[-1].quantity if self.readings else None

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
    known = allowances_of({item_id for item_id, _ in bookings})
    grants = [Grant(one.item_id, one.meter_id, one.quantity, one.per_unit) for one in known]
    totals = allowances(bookings, grants)
    ends = _month_ends(contract_id, today)
    meters = {one.meter_id: one.meter for one in known if one.meter_id in totals or one.meter_id in ends}
    if reported_only := ends.keys() - meters.keys():
        meters |= meters_by_key(reported_only)
    found = [Metered(meter, totals.get(pk), ends.get(pk, [])) for pk, meter in meters.items()]
    return sorted(found, key=lambda one: (one.total is None, one.meter.key))


def _month_ends(contract_id: int, today: date) -> dict[int, list[MonthEnd]]:
    """Give by meter the last reading of each of the last twelve months, this one included, oldest first.

    All readings of the year are read, at most 366 of a meter: plain columns in the index's order cost
    less than the nested query that would pick the last of each month.
    """
    since = date(today.year - 1, today.month, 1)
    since = date(since.year + (since.month == 12), since.month % 12 + 1, 1)
    found = Reading.objects.filter(contract_id=contract_id, on__gte=since, on__lte=today)
    last: dict[int, dict[tuple[int, int], MonthEnd]] = {}
    for meter_id, on, quantity in found.order_by("meter_id", "on").values_list("meter_id", "on", "quantity"):
        last.setdefault(meter_id, {})[on.year, on.month] = MonthEnd(on, quantity)
    return {meter_id: list(months.values()) for meter_id, months in last.items()}
