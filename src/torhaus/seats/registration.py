"""Links by which holders confirm their seats: each works once, for seven days, until another one takes its place."""

from datetime import datetime, timedelta

from django_scopes import scope, scopes_disabled

from torhaus.core import clock
from torhaus.core.link_codes import same_code
from torhaus.core.random import new_ref
from torhaus.records.deeds import Actor, deed, part
from torhaus.seats.holders import record_seat
from torhaus.seats.models import Seat, SeatState
from torhaus.subscriptions.actions import lock_contract

LIVES = timedelta(days=7)


class RegistrationOver(Exception):
    """The link was used, has expired, or a newer one took its place."""


@part
def add_registration(seat: Seat, now: datetime | None = None) -> None:
    """Give a seat, which the caller saves, a new link from ``now`` on; the one before works no more (B88)."""
    seat.registration, seat.registration_ends_at = new_ref(), (now or clock.now()) + LIVES


def registration_works(seat: Seat) -> bool:
    """Whether the holder may still confirm the seat by its link."""
    ends_at = seat.registration_ends_at
    waits = seat.state == SeatState.INITIATED and seat.released_at is None
    return waits and bool(seat.registration) and ends_at is not None and ends_at > clock.now()


def registration_across_customers(registration: str) -> Seat | None:
    """Find the seat that a working link confirms."""
    if not registration:
        return None
    with scopes_disabled():
        rows = Seat.objects.select_related("kind", "contract__customer", "contract__product").filter(
            registration=registration
        )
        seat = rows.first()
    return seat if seat is not None and registration_works(seat) else None


def registration_for_code(registration: str, code: str) -> Seat | None:
    """Find the seat of the working link whose code this is; an unknown one costs the same as a wrong code."""
    seat = registration_across_customers(registration)
    return seat if same_code(registration, code) else None


@deed("register_seat")
def register_seat(*, registration: str, by: Actor) -> Seat:
    """Use the link up: the holder has come, and the seat is active (B103).

    Raises:
        RegistrationOver: it works no more.
    """
    found = registration_across_customers(registration)
    if found is None:
        raise RegistrationOver
    contract = lock_contract(ref=found.contract.ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = Seat.objects.select_related("kind").get(pk=found.pk)
        if seat.registration != registration or not registration_works(seat):
            raise RegistrationOver
        seat.state, seat.registration, seat.registration_ends_at = SeatState.ACTIVE, "", None
        seat.save(update_fields=["state", "registration", "registration_ends_at"])
    before: dict[str, object] = {"state": SeatState.INITIATED}
    record_seat(by=by, contract=contract, seat=seat, before=before, after={"state": seat.state})
    return seat
