"""Reads of seats, inside the tenant scope unless the name says otherwise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count as Number
from django.db.models import Max
from django_scopes import scopes_disabled

from torhaus.catalogue.models import Item, ItemKind, SeatKind
from torhaus.catalogue.queries import plan_marks, seat_kinds
from torhaus.seats.models import Seat, SeatState, SeatTally
from torhaus.seats.rules import Count, Ratio, counts, next_place, seats_with_following
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import agreement_of, booked_on, bookings_of, key_of
from torhaus.subscriptions.rules import status

NOTICE = timedelta(days=7)


@dataclass(frozen=True)
class KindStanding:
    """A kind of seat of a contract and how it stands. ``item`` is None where the catalogue does not know its key."""

    key: str
    item: Item | None
    detail: SeatKind | None
    count: Count


def booked_seats(bookings: Iterable[Booking]) -> dict[str, int]:
    """Give the seats that some bookings name themselves, by key."""
    booked: dict[str, int] = {}
    for booking in bookings:
        if booking.kind == ItemKind.SEAT:
            booked[key_of(booking)] = booked.get(key_of(booking), 0) + booking.quantity
    return booked


def seats_booked_by(bookings: Sequence[Booking]) -> dict[str, int]:
    """Give the seats of the bookings in force, by key, with those that follow in their plans (B79)."""
    booked = booked_seats(bookings)
    counted = seats_with_following(booked, ratios_of(bookings) if booked else [])
    return {key: counted[key] for key in sorted(counted)}


def ratios_of(bookings: Iterable[Booking]) -> list[Ratio]:
    """Give which seats bring which others in the plans that are booked."""
    plans = {one.item_id for one in bookings if one.kind == ItemKind.PLAN and one.item_id}
    return [Ratio(*one) for mark in plan_marks(plans) for one in mark.ratios]


def in_force_today(contract: Contract, today: date) -> list[Booking]:
    """Give the bookings of a contract that count today: none before it begins and after it ended."""
    return booked_on(bookings_of(contract.pk), status(agreement_of(contract), today), today)


def seat_standing(contract: Contract, today: date) -> list[KindStanding]:
    """Give how each kind of seat stands that the contract books or uses: booked, used, invited, available (B76)."""
    return standing_of(seats_booked_by(in_force_today(contract, today)), held_of(contract))


@dataclass(frozen=True)
class Held:
    """How many seats of a kind and state are held."""

    kind_id: int
    state: str
    count: int


def held_of(contract: Contract) -> list[Held]:
    """Give what is held of each kind and state, as the database keeps count of it."""
    kept = SeatTally.objects.filter(contract=contract, held__gt=0)
    return [Held(*one) for one in kept.values_list("kind_id", "state", "held")]


def owned_by_kind(contract: Contract) -> dict[int, int]:
    """Give what the held seats of each kind (id) own together, in bytes."""
    owned: dict[int, int] = {}
    for kind, size in SeatTally.objects.filter(contract=contract, held__gt=0).values_list("kind_id", "owned"):
        owned[kind] = owned.get(kind, 0) + int(size)
    return owned


def standing_of(booked: Mapping[str, int], held: Iterable[Held], also: Iterable[str] = ()) -> list[KindStanding]:
    """Give how each kind stands that is ``booked`` or ``held``; those of ``also`` (keys) even where neither is so."""
    shown = dict.fromkeys(also, 0) | dict(booked)
    by_kind: dict[int, list[Held]] = {}
    for one in held:
        by_kind.setdefault(one.kind_id, []).append(one)
    known = seat_kinds(shown, by_kind)
    mine = {key: by_kind.get(item.pk, []) for key, (item, _) in known.items()}
    used = {key: sum(one.count for one in some) for key, some in mine.items() if some}
    waiting = {key: sum(one.count for one in some if one.state == SeatState.INITIATED) for key, some in mine.items()}
    rows = []
    for key, count in counts(shown, used, waiting).items():
        item, detail = known.get(key, (None, None))
        rows.append(KindStanding(key, item, detail, count))
    return sorted(rows, key=lambda row: (row.item.position if row.item else 0, row.key))


def held_of_kind(contract: Contract, key: str) -> int:
    """Give how many seats of a kind (key) are held."""
    return Seat.objects.filter(contract=contract, kind__key=key, released_at__isnull=True).count()


def free_place(contract: Contract, kind: Item, booked: int) -> int | None:
    """Give the place of the next seat of a kind in a locked contract; None if as many are held as are booked."""
    held = Seat.objects.filter(contract=contract, kind=kind, released_at__isnull=True)
    numbers = held.aggregate(count=Number("pk"), highest=Max("place"))
    if numbers["count"] >= booked:
        return None
    if (numbers["highest"] or 0) == numbers["count"]:  # without gaps, as mostly: nothing more to look at
        return int(numbers["count"]) + 1
    return next_place(booked, list(held.values_list("place", flat=True)))


def seat_of(contract: Contract, ref: str) -> Seat | None:
    """Find a seat of a contract, held or released, by its reference."""
    return Seat.objects.select_related("kind").filter(contract=contract, ref=ref).first()


def held_by(contract: Contract, mail: str) -> list[Seat]:
    """Give the seats of a contract that a mail address holds now."""
    found = Seat.objects.filter(contract=contract, mail=mail.lower(), released_at__isnull=True)
    return list(found.select_related("kind"))


def seats_of(
    contract: Contract, *, kind: str = "", created_by: Seat | None = None, after: str = "", limit: int
) -> list[Seat]:
    """Give the seats that are held in the order of their assignment, beginning behind the seat ``after``.

    With ``created_by`` only those of guests that its holder created (B104).
    """
    found = Seat.objects.filter(contract=contract, released_at__isnull=True)
    if kind:
        found = found.filter(kind__key=kind)
    if created_by is not None:
        found = found.filter(created_by=created_by)
    if after:
        found = found.filter(pk__gt=Seat.objects.filter(contract=contract, ref=after).values("pk"))
    return list(found.select_related("kind", "created_by").order_by("pk")[:limit])


def seats_named(contract: Contract, refs: Iterable[str]) -> dict[str, Seat]:
    """Give seats of a contract by reference, held or released; unknown references are left out."""
    return {one.ref: one for one in _named_across_customers(refs) if one.contract_id == contract.pk}


def _named_across_customers(refs: Iterable[str]) -> list[Seat]:
    """Give seats by reference alone: asked for a contract's, SQLite may begin with all of that."""
    with scopes_disabled():
        return list(Seat.objects.select_related("kind").filter(ref__in=list(refs)))


def any_temporary_seat_across_customers() -> bool:
    """Whether somebody holds a seat that ends by itself."""
    with scopes_disabled():
        return Seat.objects.filter(ends_on__isnull=False, released_at__isnull=True).exists()


def ended_seats_across_customers(today: date) -> list[int]:
    """Give the temporary seats (ids) whose last day is over."""
    with scopes_disabled():
        found = Seat.objects.filter(ends_on__lt=today, released_at__isnull=True)
        return list(found.order_by("pk").values_list("pk", flat=True))


def ending_seats_across_customers(today: date) -> list[int]:
    """Give the temporary seats (ids) that end soon and of whose end nobody was told."""
    with scopes_disabled():
        soon = Seat.objects.filter(ends_on__gte=today, ends_on__lte=today + NOTICE)
        found = soon.filter(released_at__isnull=True, end_told_at__isnull=True)
        return list(found.order_by("pk").values_list("pk", flat=True))
