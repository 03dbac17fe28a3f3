"""Reads of contracts and bookings, inside the tenant scope unless the name says otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django_scopes import scopes_disabled

from torhaus.subscriptions.education import with_education
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.rules import Agreement, Change, Entry, Status, Stretch, changes, in_force, stretches


def contract_across_customers(ref: str) -> Contract | None:
    """Find a contract with its customer and education terms by reference, whosever it is."""
    with scopes_disabled():
        return with_education(Contract.objects.select_related("customer", "product")).filter(ref=ref).first()


def contract_numbered_across_customers(number: str) -> Contract | None:
    """Find a contract with its customer by its number, whosever it is."""
    with scopes_disabled():
        return Contract.objects.select_related("customer", "product").filter(number=number).first()


@dataclass(frozen=True)
class Row:
    """A line of a contract as it stands, stood or will stand: the booking and the days it counts."""

    booking: Booking
    state: Status
    starts_on: date | None
    ends_on: date | None


def agreement_of(contract: Contract) -> Agreement:
    """Give what the contract says about time, as the rules read it."""
    return Agreement(
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        term_months=contract.term_months,
        auto_renews=contract.auto_renews,
        notice_days=contract.notice_days,
        cancelled_to=contract.cancelled_to,
        suspended=contract.suspended,
    )


def bookings_of(contract_id: int) -> list[Booking]:
    """Give a contract's bookings with their items in the order they were made, inside the scope."""
    return list(Booking.objects.filter(contract_id=contract_id).select_related("item").order_by("pk"))


def entry_of(booking: Booking) -> Entry:
    """Give a booking as the rules read it."""
    return Entry(
        order=booking.pk,
        line=booking.line,
        what=f"{booking.kind} {booking.item_id or ''} {booking.name}",
        quantity=booking.quantity,
        active_from=booking.active_from,
        until=booking.until,
        booked_at=booking.booked_at,
    )


def key_of(booking: Booking) -> str:
    """Give the key of what a line books: its item's, or the line's own where it books none of the catalogue."""
    return booking.item.key if booking.item else booking.line


def in_force_on(bookings: Iterable[Booking], day: date) -> list[Booking]:
    """Give the bookings that count on ``day``."""
    known = {booking.pk: booking for booking in bookings}
    return [known[entry.order] for entry in in_force((entry_of(booking) for booking in known.values()), day)]


def booked_on(bookings: Iterable[Booking], status: Status, day: date) -> list[Booking]:
    """Give the bookings that count on ``day``: none in a contract that has ended or not begun."""
    return [] if status in {Status.EXPIRED, Status.UPCOMING} else in_force_on(bookings, day)


def rows_on(bookings: Iterable[Booking], day: date) -> list[Row]:
    """Give what stands on ``day``, what is booked for later, and of lines that are over the last that stood."""
    known = {booking.pk: booking for booking in bookings}
    found = []
    for line in stretches(entry_of(booking) for booking in known.values()).values():
        counted = [stretch for stretch in line if stretch.entry.quantity > 0]
        now = [stretch for stretch in counted if stretch.holds(day)]
        later = [stretch for stretch in counted if stretch.begins_after(day)]
        over = [] if now or later else counted[-1:]
        for state, some in ((Status.ACTIVE, now), (Status.UPCOMING, later), (Status.EXPIRED, over)):
            found += [_row(known, stretch, state) for stretch in some]
    return found


def _row(known: dict[int, Booking], stretch: Stretch, state: Status) -> Row:
    return Row(known[stretch.entry.order], state, stretch.starts_on, stretch.ends_on)


def history(bookings: Iterable[Booking]) -> list[tuple[Change, Booking, Booking | None]]:
    """Give each booking beside the one it followed on its line, the latest first."""
    known = {booking.pk: booking for booking in bookings}
    return [
        (change, known[change.entry.order], known[change.before.order] if change.before else None)
        for change in changes(entry_of(booking) for booking in known.values())
    ]


def contracts_of_customers_across_customers(customer_ids: Iterable[int]) -> list[Contract]:
    """Give the contracts of some customers, by number, with customer, product and their education terms."""
    with scopes_disabled():
        rows = Contract.objects.select_related("customer__security", "product").filter(
            customer_id__in=list(customer_ids)
        )
        return list(with_education(rows).order_by("number", "pk"))
