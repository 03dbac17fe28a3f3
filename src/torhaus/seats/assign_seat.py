"""The deed ``assign_seat``: somebody, or something such as a data room, gets one of the seats that are booked.

Whoever finds none free is told so without the contract's lock: a crowd that asks in vain keeps nobody waiting who
would release a seat. Only who may get one locks the contract, and is then looked at anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django_scopes import scope

from torhaus.catalogue.models import Item, SeatKind
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
from torhaus.seats.queries import free_place, held_of_kind, in_force_today, seats_booked_by
from torhaus.seats.refusals import EndPassed, GuestsNotAllowed, NoFreeSeat, UnknownSeatKind
from torhaus.seats.refused_reminders import heed_refusals
from torhaus.seats.registration import add_registration
from torhaus.subscriptions.actions import UnknownContract, lock_contract
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import contract_across_customers
from torhaus.usage.warnings import note_seat_assigned


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
    Whoever is added on a holder's behalf is that holder's guest, which takes a permission (B104). Guests, and things,
    begin without it.

    Raises:
        UnknownContract: no such contract.
        SeatRefused: see its subclasses; without a free seat ``NoFreeSeat`` (B81).
    """
    # What no lock keeps still is looked up before there is one.
    wanted = _Wanted(kind, holder.tidy(), ends_on, created_by, vendors_today(), seat_kinds_named([kind]).get(kind))
    contract = contract_across_customers(contract_ref)
    if contract is None:
        raise UnknownContract(contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        in_force = in_force_today(contract, wanted.today)
        if held_of_kind(contract, kind) >= seats_booked_by(in_force).get(kind, 0):
            _place_for(contract, wanted, in_force)  # says why not; where one became free meanwhile, it goes on
    return _assign(contract_ref=contract_ref, wanted=wanted, by=by)


@dataclass(frozen=True)
class _Wanted:
    key: str
    holder: Holder
    ends_on: date | None
    created_by: str
    today: date
    known: tuple[Item, SeatKind] | None


@dataclass(frozen=True)
class _Place:
    kind: Item
    number: int
    booked: int
    personal: bool
    hosts: bool  # may create guests from the beginning
    creator: Seat | None


@deed("assign_seat")
def _assign(*, contract_ref: str, wanted: _Wanted, by: Actor) -> Seat:
    contract, holder = lock_contract(ref=contract_ref), wanted.holder
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        place = _place_for(contract, wanted, in_force_today(contract, wanted.today))
        seat = Seat(
            contract=contract,
            kind=place.kind,
            place=place.number,
            name=holder.name,
            mail=holder.mail,
            organisation=holder.organisation,
            ends_on=wanted.ends_on,
            created_by=place.creator,
            may_create_guests=place.hosts,
            assigned_at=clock.now(),
        )
        if place.personal:
            add_registration(seat)
        heed_refusals([seat])
        seat.save(force_insert=True)
        used = held_of_kind(contract, place.kind.key)
        note_seat_assigned(contract=contract, kind=place.kind, used=used, booked=place.booked)
    said = {"ends_on": wanted.ends_on.isoformat()} if wanted.ends_on else {}
    record_seat(by=by, contract=contract, seat=seat, after=dict(said), holder=holder)
    return seat


def _place_for(contract: Contract, wanted: _Wanted, in_force: Sequence[Booking]) -> _Place:
    """Give the place that is free for what is wanted, or refuse it."""
    refuse_unless_running(contract, wanted.today)
    if wanted.ends_on is not None and wanted.ends_on < wanted.today:
        raise EndPassed(wanted.ends_on.isoformat())
    if wanted.known is None:
        raise UnknownSeatKind(wanted.key)
    kind, detail = wanted.known
    refuse_unfit(contract, kind, detail, wanted.holder, in_force)
    creator = held_seat(contract, wanted.created_by) if wanted.created_by else None
    if creator is not None and detail.personal and not creator.may_create_guests:
        raise GuestsNotAllowed(creator.ref)
    booked = seats_booked_by(in_force).get(wanted.key, 0)
    place = free_place(contract, kind, booked)
    if place is None:
        raise NoFreeSeat(wanted.key)
    return _Place(kind, place, booked, detail.personal, detail.personal and detail.bookable, creator)
