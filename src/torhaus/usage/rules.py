"""Rules of usage: what the bookings allow, and how near a reading is to it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple


@dataclass(frozen=True)
class Grant:
    """How much of a meter an item brings: fixed, or for each booked unit."""

    item_id: int
    meter_id: int
    quantity: int
    per_unit: bool


class Tone(StrEnum):
    """How near usage is to the allowance."""

    FINE = ""
    NEAR = "near"
    WARN = "warn"
    OVER = "bad"


def allowances(booked: Iterable[tuple[int, int]], grants: Iterable[Grant]) -> Mapping[int, int]:
    """Give the allowance of each meter (id) from (item id, quantity) of the bookings in force; items add up."""
    by_item: dict[int, list[Grant]] = {}
    for grant in grants:
        by_item.setdefault(grant.item_id, []).append(grant)
    totals: dict[int, int] = {}
    for item_id, quantity in booked:
        if quantity <= 0:
            continue
        for grant in by_item.get(item_id, []):
            brings = grant.quantity * (quantity if grant.per_unit else 1)
            totals[grant.meter_id] = totals.get(grant.meter_id, 0) + brings
    return totals


def tone(used: int, total: int) -> Tone:
    """Give the tone of a meter: near from 80 %, warning from 90 %, over above the allowance."""
    if used > total:
        return Tone.OVER
    if total and used * 100 >= total * 90:
        return Tone.WARN
    return Tone.NEAR if total and used * 100 >= total * 80 else Tone.FINE


def percent(used: int, total: int) -> int:
    """Give the usage in whole percent, rounded down, so that 100 means exhausted."""
    return used * 100 // total if total else (100 if used else 0)


class Threshold(IntEnum):
    """How near to its allowance usage has come, in percent, where its owner is told. 101 is more than all of it."""

    NONE = 0
    NEAR = 80
    WARN = 90
    FULL = 100
    OVER = 101


# Usage that swings about a threshold is told of once: it has to fall by so many percent before it can rise anew.
SWING = 2


def threshold_reached(used: int, total: int | None) -> Threshold:
    """Give the highest threshold that usage has reached; without an allowance there is none."""
    if total is None or (total == 0 and used == 0):
        return Threshold.NONE
    if used > total:
        return Threshold.OVER
    return max(one for one in Threshold if one is not Threshold.OVER and used * 100 >= total * one)


def threshold_kept(told: int, used: int, total: int | None) -> Threshold:
    """Give the threshold that still counts as told of: what usage has fallen below since is forgotten."""
    if total is None:
        return Threshold.NONE
    return max(
        one
        for one in Threshold
        if one <= told and (one is Threshold.NONE or used * 100 > total * (min(one, Threshold.FULL) - SWING))
    )


@dataclass(frozen=True)
class Shift:
    """From the day ``on`` to the one before ``until`` (None: for good) usage is another by ``delta``."""

    on: date
    until: date | None
    delta: int


class Close(NamedTuple):
    """What a source said last on a day."""

    at: datetime
    quantity: int


def gauge_shifts(before: int, known: Mapping[date, Close], said: Mapping[date, Close]) -> list[Shift]:
    """Give what new readings of one source change: each counts until the day of the source's next one.

    ``before`` is what counted up to the first of these days, ``known`` what stood so far from then on. Of two
    readings at the same moment the one that came later counts. A day that was reported stands even unchanged.
    """
    days = sorted(known.keys() | said.keys())
    old = new = before
    shifts = []
    for day, following in zip(days, [*days[1:], None], strict=True):
        old = known[day].quantity if day in known else old
        late = day in said and (day not in known or said[day].at >= known[day].at)
        new = said[day].quantity if late else (known[day].quantity if day in known else new)
        if new != old or day in said:
            shifts.append(Shift(day, following, new - old))
    return shifts


def counter_shifts(said: Mapping[date, int]) -> list[Shift]:
    """Give what increments change: each counts until the end of its month."""
    return [Shift(day, next_month(day), quantity) for day, quantity in sorted(said.items())]


def shifted(days: Mapping[date, int], before: int, shifts: Iterable[Shift]) -> dict[date, int]:
    """Give what usage comes to on each day that has any, ``before`` being what counted up to the first of them."""
    found = dict(days)
    changes = list(shifts)
    for on in sorted({shift.on for shift in changes} - found.keys()):
        # What a day without a reading would have come to so far is what the one before it did.
        earlier = max((day for day in found if day < on), default=None)
        found[on] = before if earlier is None else found[earlier]
    for shift in changes:
        for day, quantity in found.items():
            if shift.on <= day and (shift.until is None or day < shift.until):
                found[day] = quantity + shift.delta
    # Days that moved with the vendor's time zone must not bring it below nothing.
    return {day: max(0, quantity) for day, quantity in found.items()}


def next_month(day: date) -> date:
    """Give the first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
