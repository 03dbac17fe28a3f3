"""The deed ``permit_guests``: an administrator lets the holder of a seat create guests, or no longer (B104)."""

from django_scopes import scope

from torhaus.records.deeds import Actor, deed, nothing_done
from torhaus.seats.holders import held_seat, record_seat
from torhaus.seats.models import Seat
from torhaus.subscriptions.actions import lock_contract


@deed("permit_guests")
def permit_guests(*, contract_ref: str, seat_ref: str, allowed: bool, by: Actor) -> Seat:
    """Say whether guests may be created on behalf of a seat's holder. Guests that are there stay.

    Raises:
        UnknownContract: no such contract.
        SeatRefused: unknown or released.
    """
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = held_seat(contract, seat_ref)
        if seat.may_create_guests == allowed:
            nothing_done()
            return seat
        seat.may_create_guests = allowed
        seat.save(update_fields=["may_create_guests"])
    said: dict[str, object] = {"may_create_guests": not allowed}
    record_seat(by=by, contract=contract, seat=seat, before=said, after={"may_create_guests": allowed})
    return seat
