"""What would become of lines that ask for seats: new, unchanged or refused, and whether enough are free.

The preview shows it; the deed makes it anew under the contract's lock and goes on only if it is what was shown.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from torhaus.seats.models import Seat
from torhaus.seats.queries import KindStanding, in_force_today, ratios_of, seat_standing
from torhaus.seats.seat_lines import SeatLine, Why
from torhaus.subscriptions.models import Contract


@dataclass(frozen=True)
class PlannedLine:
    """A line and what becomes of it. ``held``: the seat (reference) that its holder has already (B94).

    ``differs``: the line says other things of that seat, which are left as they are. ``about`` is what a refusal is
    about: another line's number, or who holds the seat.
    """

    line: SeatLine
    why: Why | None = None
    held: str = ""
    differs: bool = False
    about: str = ""

    @property
    def new(self) -> bool:
        """Whether the line gets a seat."""
        return self.why is None and not self.held


@dataclass(frozen=True)
class Shortage:
    """A kind (key) of which more seats are asked for than are free."""

    kind: str
    needed: int
    free: int


@dataclass(frozen=True)
class SeatPlan:
    """What becomes of all lines; ``kinds`` is how the contract's kinds of seats stand, by key."""

    lines: tuple[PlannedLine, ...]
    kinds: Mapping[str, KindStanding]

    @cached_property
    def new(self) -> list[PlannedLine]:
        """The lines that get a seat."""
        return [one for one in self.lines if one.new]

    @cached_property
    def refused(self) -> list[PlannedLine]:
        """The lines that cannot get one."""
        return [one for one in self.lines if one.why is not None]

    @cached_property
    def unchanged(self) -> list[PlannedLine]:
        """The lines whose holders have a seat already."""
        return [one for one in self.lines if one.held]

    @cached_property
    def shortages(self) -> list[Shortage]:
        """The kinds of which too few are free."""
        needed = Counter(one.line.kind for one in self.new)
        free = {key: self.kinds[key].count.available for key in needed}
        return [Shortage(key, many, free[key]) for key, many in sorted(needed.items()) if many > free[key]]

    @property
    def fits(self) -> bool:
        """Whether all of it can be done: an import is done whole or not at all."""
        return not self.refused and not self.shortages

    @cached_property
    def digest(self) -> str:
        """What tells which lines get a seat: a plan of the same lines with the same digest does the same."""
        return hashlib.sha256(",".join(str(one.line.number) for one in self.new).encode()).hexdigest()[:32]


def contract_kinds(contract: Contract, today: date) -> dict[str, KindStanding]:
    """Give how the kinds of seats stand that a contract books or uses, by key; those the catalogue does not know are none."""
    return {one.key: one for one in seat_standing(contract, today) if one.item is not None and one.detail is not None}


def names_of_kinds(kinds: Collection[KindStanding]) -> dict[str, str]:
    """Give what lines may call kinds, case folded: the key, and the name in every language."""
    found: dict[str, str] = {}
    for one in kinds:
        for name in one.item.name.values() if one.item else ():
            found[str(name).strip().casefold()] = one.key
    return found | {one.key.casefold(): one.key for one in kinds}


def plan_seats(contract: Contract, lines: Sequence[SeatLine], today: date) -> SeatPlan:
    """Plan the lines, inside the contract's scope; in the same number of queries however many there are."""
    kinds = contract_kinds(contract, today)
    ratios = ratios_of(in_force_today(contract, today))
    tied = {frozenset((one.leading, one.following)) for one in ratios}
    held = _Held(contract)
    return SeatPlan(tuple(_plan(line, kinds, tied, held, today) for line in lines), kinds)


Taker = tuple[str, str]  # a mail address, or "" and the name of a thing


@dataclass(frozen=True, slots=True)
class _Seat:
    kind: str
    taker: Taker
    name: str
    organisation: str
    ends_on: date | None


@dataclass
class _Held:
    """Who holds what: seats that are there, and lines that were planned before."""

    contract: Contract
    by_ref: dict[str, "_Seat"] = field(default_factory=dict)
    seats: dict[tuple[str, Taker], str] = field(default_factory=dict)
    kinds: dict[Taker, set[str]] = field(default_factory=dict)
    asked: dict[tuple[str, Taker], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = Seat.objects.filter(contract=self.contract, released_at__isnull=True)
        columns = rows.values_list("ref", "kind__key", "name", "mail", "organisation", "ends_on")
        for ref, kind, name, mail, organisation, ends_on in columns.iterator(chunk_size=2000):
            taker = _taker(name, mail)
            self.by_ref[ref] = _Seat(kind, taker, name, organisation, ends_on)
            self.seats.setdefault((kind, taker), ref)
            self.kinds.setdefault(taker, set()).add(kind)


def _taker(name: str, mail: str) -> Taker:
    return (mail, "") if mail else ("", name.casefold())


def _plan(
    line: SeatLine, kinds: Mapping[str, KindStanding], tied: set[frozenset[str]], held: _Held, today: date
) -> PlannedLine:
    taker = _taker(line.holder.name, line.holder.mail)
    if why := line.why or _unfit(line, kinds):
        return PlannedLine(line, why)
    if line.seat:
        held.asked.setdefault((line.kind, taker), line.number)
        return _of_seat(line, taker, held)
    if before := held.asked.get((line.kind, taker)):
        return PlannedLine(line, Why.TWICE, about=str(before))
    held.asked[line.kind, taker] = line.number
    if there_is := held.seats.get((line.kind, taker)):
        return PlannedLine(line, held=there_is, differs=_differs(line, held.by_ref[there_is]))
    if line.ends_on is not None and line.ends_on < today:
        return PlannedLine(line, Why.END_PASSED)
    others = held.kinds.setdefault(taker, set())
    if taker[0] and any(frozenset((one, line.kind)) in tied for one in others):
        return PlannedLine(line, Why.NOT_CONVERTIBLE)
    others.add(line.kind)
    return PlannedLine(line)


def _of_seat(line: SeatLine, taker: Taker, held: _Held) -> PlannedLine:
    """Plan a line of our own export: its seat is still with the same holder, or the line is refused."""
    there = held.by_ref.get(line.seat)
    if there is None:
        return PlannedLine(line, Why.SEAT_GONE)
    if (there.kind, there.taker) != (line.kind, taker):
        return PlannedLine(line, Why.OTHER_HOLDER, about=there.taker[0] or there.name)
    return PlannedLine(line, held=line.seat, differs=_differs(line, there))


def _differs(line: SeatLine, there: _Seat) -> bool:
    """Whether a line says other things of a seat than are kept; what it leaves out says nothing."""
    said = (line.holder.name, line.holder.organisation, line.ends_on)
    kept = (there.name, there.organisation, there.ends_on)
    return any(new and new != old for new, old in zip(said, kept, strict=True))


def _unfit(line: SeatLine, kinds: Mapping[str, KindStanding]) -> Why | None:
    """Say what keeps the holder from a seat of this kind: people need an address, things a name and none."""
    if line.kind not in kinds:
        return Why.KIND
    detail = kinds[line.kind].detail
    if detail is None or detail.personal:
        return None if line.holder.mail else Why.MAIL_MISSING
    if line.holder.mail:
        return Why.MAIL_OF_THING
    return None if line.holder.name else Why.NAME_MISSING
