"""The deed ``report_seats``: the product says when it last saw holders, and how much their seats own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django_scopes import scope

from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.queries import seats_named
from torhaus.seats.refusals import SeatReleased, UnknownSeat
from torhaus.subscriptions.actions import lock_contract

_SAID = ["state", "last_seen_at", "owned_bytes", "invited_bytes", "second_factor"]


@dataclass(frozen=True)
class SeatSaid:
    """What a product says of one seat; None is not said."""

    seat: str
    last_seen_at: datetime | None = None
    owned_bytes: int | None = None
    invited_bytes: int | None = None
    second_factor: bool | None = None


@deed("report_seats")
def report_seats(*, contract_ref: str, said: Sequence[SeatSaid], by: Actor) -> list[Seat]:
    """Keep what a product says of seats: all of it, or none. A holder who was seen makes the seat "active" (B103).

    "Last seen" never goes back, and none lies ahead of now. Only seats that became active are recorded.

    Raises:
        UnknownContract: no such contract.
        UnknownSeat, SeatReleased: one of the seats is none of the contract's, or was released.
    """
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        known = seats_named(contract, [one.seat for one in said])
        for one in said:
            if one.seat not in known:
                raise UnknownSeat(one.seat)
            if known[one.seat].released_at is not None:
                raise SeatReleased(one.seat)
        came = {seat.ref for one in said if _keep(seat := known[one.seat], one)}
        Seat.objects.bulk_update(known.values(), _SAID, batch_size=200)
    if came:
        write_record(
            by=by,
            customer_ref=contract.customer.ref,
            subject=("contract", contract.ref),
            after={"contract": contract.number, "active": sorted(came)},
        )
    else:
        nothing_done()
    return list(known.values())


def _keep(seat: Seat, said: SeatSaid) -> bool:
    """Bring a seat up to date; whether its holder came just now."""
    for field in ("owned_bytes", "invited_bytes", "second_factor"):
        if getattr(said, field) is not None:
            setattr(seat, field, getattr(said, field))
    if said.last_seen_at is None or (seat.state == SeatState.INITIATED and said.last_seen_at < seat.assigned_at):
        # Nothing said, or the holder before was seen.
        return False
    seen = min(said.last_seen_at, clock.now())
    seat.last_seen_at = max(seat.last_seen_at or seen, seen)
    came = seat.state == SeatState.INITIATED
    seat.state = SeatState.ACTIVE
    return came
