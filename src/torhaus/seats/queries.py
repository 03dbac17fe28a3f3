"""Reads of seats, inside the tenant scope unless the name says otherwise."""

from collections.abc import Iterable, Sequence

from torhaus.catalogue.models import ItemKind
from torhaus.catalogue.queries import seat_ratios_of
from torhaus.seats.rules import Ratio, seats_with_following
from torhaus.subscriptions.models import Booking
from torhaus.subscriptions.queries import key_of


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
    return [Ratio(one.leading.key, one.following.key, one.quantity) for one in seat_ratios_of(plans)]
