"""The deed ``assign_seat``: somebody, or something such as a data room, gets one of the seats that are booked."""

from datetime import date

from django_scopes import scope

from torhaus.catalogue.queries import seat_kinds_named
from torhaus.core import clock
from torhaus.records.deeds import Actor, deed
from torhaus.seats.holders import (
    Holder,
    held_seat,
    record_seat,
    refuse_unfit,
    refuse_unless_running,
    vendors_today,
)
from torhaus.seats.models import Seat
from torhaus.seats.queries import free_place, in_force_today, seats_booked_by
from torhaus.seats.refusals import EndPassed, NoFreeSeat, UnknownSeatKind
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract


@deed("assign_seat")
def assign_seat(
    *,
    contract_ref: str,
    kind: str,
    holder: Holder,
    ends_on: date | None = None,
    created_by: str = "",
    by: Actor,
) -> Seat:
    """Assign a seat of a kind (key) to a holder. It is "initiated" until the product has seen the holder (B103).

    ``ends_on`` makes it temporary: that day is its last (B93). ``created_by`` is the seat of whoever asked for it.

    Raises:
        UnknownContract: no such contract.
        SeatRefused: see its subclasses; without a free seat ``NoFreeSeat`` (B81).
    """
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = _assigned(contract, kind, holder.tidy(), ends_on, created_by)
    said = {"ends_on": ends_on.isoformat()} if ends_on else {}
    record_seat(by=by, contract=contract, seat=seat, after=dict(said), holder=holder.tidy())
    return seat


def _assigned(contract: Contract, key: str, holder: Holder, ends_on: date | None, created_by: str) -> Seat:
    today = vendors_today()
    refuse_unless_running(contract, today)
    if ends_on is not None and ends_on < today:
        raise EndPassed(ends_on.isoformat())
    known = seat_kinds_named([key])
    if key not in known:
        raise UnknownSeatKind(key)
    kind, detail = known[key]
    booked = in_force_today(contract, today)
    refuse_unfit(contract, kind, detail, holder, booked)
    creator = held_seat(contract, created_by) if created_by else None
    place = free_place(contract, kind, seats_booked_by(booked).get(key, 0))
    if place is None:
        raise NoFreeSeat(key)
    return Seat.objects.create(
        contract=contract,
        kind=kind,
        place=place,
        name=holder.name,
        mail=holder.mail,
        organisation=holder.organisation,
        ends_on=ends_on,
        created_by=creator,
        assigned_at=clock.now(),
    )
