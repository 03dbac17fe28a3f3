"""The deed ``extend_seat``: a temporary seat ends on another day, or no longer by itself."""

from datetime import date

from django_scopes import scope

from torhaus.records.deeds import Actor, deed, nothing_done
from torhaus.seats.holders import held_seat, record_seat, vendors_today
from torhaus.seats.models import Seat
from torhaus.seats.refusals import EndPassed
from torhaus.subscriptions.actions import lock_contract


@deed("extend_seat")
def extend_seat(*, contract_ref: str, seat_ref: str, ends_on: date | None, by: Actor) -> Seat:
    """Set the last day of a seat; None lets it go on. The notice before its end comes anew.

    Raises:
        UnknownContract: no such contract.
        SeatRefused: unknown or released, or the day has passed.
    """
    contract = lock_contract(ref=contract_ref)
    if ends_on is not None and ends_on < vendors_today():
        raise EndPassed(ends_on.isoformat())
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = held_seat(contract, seat_ref)
        if seat.ends_on == ends_on:
            nothing_done()
            return seat
        before = seat.ends_on
        seat.ends_on, seat.end_told_at = ends_on, None
        seat.save(update_fields=["ends_on", "end_told_at"])
    record_seat(by=by, contract=contract, seat=seat, before=_day(before), after=_day(ends_on))
    return seat


def _day(day: date | None) -> dict[str, object]:
    return {"ends_on": day.isoformat() if day else None}
