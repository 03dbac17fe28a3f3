"""The deed ``remove_second_factor``: an administrator takes away what a lost device would keep a seat by (B89)."""

from django_scopes import scope

from torhaus.records.deeds import Actor, deed, nothing_done
from torhaus.seats.holders import held_seat, record_seat
from torhaus.seats.models import Seat
from torhaus.subscriptions.actions import lock_contract


@deed("remove_second_factor")
def remove_second_factor(*, contract_ref: str, seat_ref: str, by: Actor) -> Seat:
    """Note that the holder of a seat is to have no second factor any more; products read it with the seat.

    Raises:
        UnknownContract: no such contract.
        SeatRefused: unknown or released.
    """
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = held_seat(contract, seat_ref)
        if not seat.second_factor:
            nothing_done()
            return seat
        seat.second_factor = False
        seat.save(update_fields=["second_factor"])
    said: dict[str, object] = {"second_factor": True}
    record_seat(by=by, contract=contract, seat=seat, before=said, after={"second_factor": False})
    return seat
