"""The deed ``end_seat_reminders``: the holder of a seat wants no more mails that ask to come again."""

from django_scopes import scope

from torhaus.records.deeds import Actor, deed, nothing_done
from torhaus.seats.holders import record_seat
from torhaus.seats.models import Seat
from torhaus.seats.refused_reminders import keep_refusal
from torhaus.seats.reminders import reminder_across_customers
from torhaus.subscriptions.actions import lock_contract


@deed("end_seat_reminders")
def end_seat_reminders(*, reminder: str, by: Actor) -> bool:
    """Send a holder no more reminders of seats at this customer, not of those they get later either.

    Repeated, nothing is done. Gives whether somebody still holds the seat.
    """
    found = reminder_across_customers(reminder)
    if found is None:
        nothing_done()
        return False
    contract = lock_contract(ref=found.contract.ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = Seat.objects.select_related("kind").get(pk=found.pk)
        if seat.reminder != reminder or not seat.wants_reminders:
            nothing_done()
            return seat.reminder == reminder
        keep_refusal(contract=contract, mail=seat.mail)
    record_seat(by=by, contract=contract, seat=seat)
    return True
