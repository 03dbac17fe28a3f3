"""Staff add a booking to a contract: from a day on, this line holds this much."""

from dataclasses import dataclass
from datetime import date

from torhaus.catalogue.models import Item, ItemKind
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.subscriptions.actions import append_booking, lock_contract
from torhaus.subscriptions.models import Booking
from torhaus.subscriptions.search import standing_across_customers


@dataclass(frozen=True)
class NewBooking:
    """What is booked: an item of the catalogue, or a kind with a free name. No days mean at once and for good."""

    line: str
    quantity: int
    kind: ItemKind
    item: Item | None = None
    name: str = ""
    active_from: date | None = None
    until: date | None = None


@deed("add_booking")
def add_booking(*, contract_ref: str, new: NewBooking, last_seen: int, by: Actor) -> Booking:
    """Append a booking as reviewed; ``last_seen`` is the newest booking the reviewer saw (0 for none).

    Raises:
        UnknownContract: no such contract.
        ContractChanged: something was booked since, perhaps by the same form sent twice.
    """
    contract = lock_contract(ref=contract_ref)
    before = standing_across_customers(contract, new.line)
    booking = append_booking(
        contract=contract,
        line=new.line,
        item=new.item,
        kind=new.kind,
        name=new.name,
        quantity=new.quantity,
        active_from=new.active_from,
        until=new.until,
        last_seen=last_seen,
    )
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        before=_as_recorded(before) if before else None,
        after={"contract": contract.number, **_as_recorded(booking)},
    )
    return booking


def _as_recorded(booking: Booking) -> dict[str, object]:
    return {
        "line": booking.line,
        "item": booking.item.key if booking.item else "",
        "kind": str(booking.kind),
        "name": booking.name,
        "quantity": booking.quantity,
        "active_from": booking.active_from.isoformat() if booking.active_from else None,
        "until": booking.until.isoformat() if booking.until else None,
    }
