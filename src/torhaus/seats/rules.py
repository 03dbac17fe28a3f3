"""Rules of seats: what is booked, used and free of each kind, and which place is the next. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """In a plan, each seat of ``leading`` brings ``quantity`` of ``following`` (keys)."""

    leading: str
    following: str
    quantity: int


@dataclass(frozen=True)
class Count:
    """How a kind of seat stands: ``invited`` are those of ``used`` whose holder has not come yet."""

    booked: int
    used: int
    invited: int = 0

    @property
    def available(self) -> int:
        """How many can still be assigned: booked less used (B77), never below 0."""
        return max(0, self.booked - self.used)

    @property
    def over(self) -> int:
        """How many more are used than booked, as after a booking that became smaller."""
        return max(0, self.used - self.booked)


def seats_with_following(booked: Mapping[str, int], ratios: Iterable[Ratio]) -> dict[str, int]:
    """Give the seats by key: what is booked, and what it brings of others (B79)."""
    found = dict(booked)
    for ratio in ratios:
        if leading := booked.get(ratio.leading, 0):
            found[ratio.following] = found.get(ratio.following, 0) + leading * ratio.quantity
    return found


def counts(
    booked: Mapping[str, int], used: Mapping[str, int], invited: Mapping[str, int] | None = None
) -> dict[str, Count]:
    """Give how each kind stands, by key: every one that is booked or used, in the order of keys."""
    waiting = invited or {}
    return {key: Count(booked.get(key, 0), used.get(key, 0), waiting.get(key, 0)) for key in sorted({*booked, *used})}


def next_place(booked: int, taken: Collection[int]) -> int | None:
    """Give the lowest free place among ``booked`` ones; None if as many are taken, wherever they lie.

    Places beyond ``booked`` are held on after a booking became smaller. They count, so none below them is given
    away until enough are released.
    """
    if len(taken) >= booked:
        return None
    held = set(taken)
    return next(place for place in range(1, booked + 1) if place not in held)


def free_places(taken: Collection[int], many: int) -> list[int]:
    """Give the lowest ``many`` places that are not taken."""
    found: list[int] = []
    place = 0
    while len(found) < many:
        place += 1
        if place not in taken:
            found.append(place)
    return found
