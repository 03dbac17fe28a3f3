"""The deeds ``end_seat_reminders`` and ``resume_seat_reminders``: whether a holder wants mails that ask to come again."""

from django_scopes import scope

from torhaus.records.deeds import Actor, deed, nothing_done
from torhaus.seats.holders import record_seat
from torhaus.seats.models import Seat
from torhaus.seats.refused_reminders import keep_refusal, take_refusal_back
from torhaus.seats.reminders import reminder_across_customers, wanting_none
from torhaus.subscriptions.actions import lock_contract


@deed("end_seat_reminders")
def end_seat_reminders(*, reminder: str, by: Actor) -> bool:
    """Send a holder no more reminders of seats at this customer, not of those they get later either.

    Repeated, nothing is done. Gives whether somebody still holds the seat.
    """
    return _choose(reminder, by, wanted=False)


@deed("resume_seat_reminders")
def resume_seat_reminders(*, reminder: str, by: Actor) -> bool:
    """Send a holder reminders of seats at this customer again, of all they hold there.

    Repeated, nothing is done. Gives whether somebody still holds the seat.
    """
    return _choose(reminder, by, wanted=True)


def _choose(reminder: str, by: Actor, *, wanted: bool) -> bool:
    found = reminder_across_customers(reminder)
    if found is None:
        nothing_done()
        return False
    contract = lock_contract(ref=found.contract.ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = Seat.objects.select_related("kind").get(pk=found.pk)
        # A refusal may stand at another seat of theirs only, which was written before refusals were kept by address.
        settled = not wanting_none({seat.mail}) if wanted else not seat.wants_reminders
        if seat.reminder != reminder or settled:
            nothing_done()
            return seat.reminder == reminder
        (take_refusal_back if wanted else keep_refusal)(contract=contract, mail=seat.mail)
    record_seat(by=by, contract=contract, seat=seat)
    return True
