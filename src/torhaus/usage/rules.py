"""Rules of usage: what the bookings allow, and how near a reading is to it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


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
