"""The deed ``reassign_seat``: another holder takes over a seat, with everything it owns (B86, B87)."""

from django_scopes import scope

from torhaus.catalogue.queries import seat_kinds_named
from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, nothing_done
from torhaus.seats.holders import Holder, begin_reminders_anew, held_seat, record_seat, refuse_unfit, vendors_today
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.refusals import SecondFactorActive
from torhaus.seats.refused_reminders import heed_refusals, keep_refusal_of
from torhaus.seats.registration import add_registration
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import bookings_of, in_force_on


@deed("reassign_seat")
def reassign_seat(*, contract_ref: str, seat_ref: str, holder: Holder, by: Actor) -> Seat:
    """Give a seat to another holder. Its reference and what it owns stay; it is "initiated" anew.

    Given to whoever has it already, nothing is done.

    Raises:
        UnknownContract: no such contract.
        SeatRefused: see its subclasses.
    """
    new = holder.tidy()
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = held_seat(contract, seat_ref)
        if (seat.name, seat.mail, seat.organisation) == (new.name, new.mail, new.organisation):
            nothing_done()
            return seat
        _hand_over(contract, seat, new)
    record_seat(by=by, contract=contract, seat=seat, after={"owned_bytes": seat.owned_bytes}, holder=new)
    return seat


def _hand_over(contract: Contract, seat: Seat, new: Holder) -> None:
    _, detail = seat_kinds_named([seat.kind.key])[seat.kind.key]
    same_person = detail.personal and new.mail == seat.mail
    if not same_person:
        if seat.second_factor:
            raise SecondFactorActive(seat.ref)
        # Which kinds belong together does not end with the contract.
        refuse_unfit(contract, seat.kind, detail, new, in_force_on(bookings_of(contract.pk), vendors_today()))
        seat.held_since = seat.held_since or seat.assigned_at
        seat.state, seat.last_seen_at, seat.assigned_at = SeatState.INITIATED, None, clock.now()
        keep_refusal_of(contract=contract, seat=seat)
        begin_reminders_anew(seat)
        if detail.personal:
            add_registration(seat)
    seat.name, seat.mail, seat.organisation = new.name, new.mail, new.organisation
    if not same_person:
        heed_refusals([seat])
    holder = ["name", "mail", "organisation", "state", "last_seen_at", "assigned_at", "held_since"]
    of_holder = ["registration", "registration_ends_at", "reminded_at", "reminder_waits", "reminder", "wants_reminders"]
    seat.save(update_fields=[*holder, *of_holder])
