"""The deeds ``release_seat`` and ``end_temporary_seat``: a seat becomes free again, for anybody."""

from dataclasses import dataclass

from django_scopes import scope, scopes_disabled

from torhaus.catalogue.queries import seat_kinds_named
from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, nothing_done
from torhaus.records.models import ActorKind
from torhaus.seats.holders import Holder, record_seat, vendors_today
from torhaus.seats.models import Seat
from torhaus.seats.queries import seat_of
from torhaus.seats.refusals import UnknownSeat
from torhaus.seats.refused_reminders import keep_refusal_of
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract

BY = Actor(ActorKind.SYSTEM, "seats")


@dataclass(frozen=True)
class Released:
    """A seat that is free again. ``deletes``: the product is to delete what it owned (B83), else it keeps it (B84).

    ``already``: it was free before, so nothing was done.
    """

    seat: Seat
    deletes: bool
    already: bool = False


@deed("release_seat")
def release_seat(*, contract_ref: str, seat_ref: str, by: Actor) -> Released:
    """Release a seat. Repeated, nothing is done.

    Raises:
        UnknownContract: no such contract.
        UnknownSeat: the contract has no seat with this reference.
    """
    contract = lock_contract(ref=contract_ref)
    return _release(contract, seat_ref, by)


@deed("end_temporary_seat")
def end_temporary_seat(*, seat_id: int) -> Released | None:
    """Release a temporary seat whose last day is over (B93); None if it was extended or released meanwhile."""
    with scopes_disabled():
        found = Seat.objects.filter(pk=seat_id).values_list("contract__ref", "ref").get()
    contract = lock_contract(ref=found[0])
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = seat_of(contract, found[1])
    if seat is None or seat.released_at is not None or seat.ends_on is None or seat.ends_on >= vendors_today():
        nothing_done()
        return None
    return _release(contract, seat.ref, BY)


def _release(contract: Contract, ref: str, by: Actor) -> Released:
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = seat_of(contract, ref)
        if seat is None:
            raise UnknownSeat(ref)
        _, detail = seat_kinds_named([seat.kind.key])[seat.kind.key]
        if seat.released_at is not None:
            nothing_done()
            return Released(seat, detail.release_deletes, already=True)
        holder = Holder(seat.name, seat.mail, seat.organisation)
        keep_refusal_of(contract=contract, seat=seat)
        seat.name = seat.mail = seat.organisation = ""
        seat.released_at = clock.now()
        seat.save(update_fields=["name", "mail", "organisation", "released_at"])
    said = {"owned_bytes": seat.owned_bytes, "deletes": detail.release_deletes}
    record_seat(by=by, contract=contract, seat=seat, before={"state": seat.state}, after=dict(said), holder=holder)
    return Released(seat, detail.release_deletes)
