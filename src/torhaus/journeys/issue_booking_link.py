"""The deed ``issue_booking_link``: a product leads the holder of a seat to the page where more is booked."""

from django_scopes import scope

from torhaus.catalogue.queries import seat_kinds_named
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.seats.holders import held_seat
from torhaus.seats.refusals import HolderUnfit, UnknownSeatKind
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.booking_links import add_booking_link
from torhaus.subscriptions.models import BookingLink


@deed("issue_booking_link")
def issue_booking_link(*, contract_ref: str, seat_ref: str, kind: str = "", by: Actor) -> BookingLink:
    """Make a link on behalf of whoever holds a seat; ``kind`` (key) is what the page offers first.

    Raises:
        UnknownContract: no such contract.
        SeatRefused: the seat is unknown, released or held by a thing; or there is no such kind.
    """
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = held_seat(contract, seat_ref)
        if not seat.mail:
            raise HolderUnfit(seat.kind.key)
        if kind and kind not in seat_kinds_named([kind]):
            raise UnknownSeatKind(kind)
        link = add_booking_link(contract=contract, seat=seat.ref, kind=kind)
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number, "link": link.ref, "seat": seat.ref},
    )
    return link
