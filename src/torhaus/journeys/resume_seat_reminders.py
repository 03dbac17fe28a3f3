"""The deed ``resume_seat_reminders``: the holder of a seat wants the mails again that ask to come again."""

from django_scopes import scope

from torhaus.records.deeds import Actor, deed, nothing_done
from torhaus.seats.holders import record_seat
from torhaus.seats.models import Seat
from torhaus.seats.refused_reminders import take_refusal_back
from torhaus.seats.reminders import reminder_across_customers, wanting_none
from torhaus.subscriptions.actions import lock_contract


@deed("resume_seat_reminders")
def resume_seat_reminders(*, reminder: str, by: Actor) -> bool:
    """Send a holder reminders of seats at this customer again, of all they hold there.

    Repeated, nothing is done. Gives whether somebody still holds the seat.
    """
    found = reminder_across_customers(reminder)
    if found is None:
        nothing_done()
        return False
    contract = lock_contract(ref=found.contract.ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = Seat.objects.select_related("kind").get(pk=found.pk)
        if seat.reminder != reminder or not wanting_none({seat.mail}):
            nothing_done()
            return seat.reminder == reminder
        take_refusal_back(contract=contract, mail=seat.mail)
    record_seat(by=by, contract=contract, seat=seat)
    return True
