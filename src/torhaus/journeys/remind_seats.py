"""The deed ``remind_seats``: it chooses which holders are asked to come again; jobs write the mails."""

from collections.abc import Sequence

from django_scopes import scope

from torhaus.core import clock
from torhaus.core.random import new_ref
from torhaus.journeys.tasks import mail_seat_reminders
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.seats.holders import refuse_unless_running, vendors_today
from torhaus.seats.models import Seat
from torhaus.seats.queries import seats_named
from torhaus.seats.reminders import ReminderPlan, plan_reminders
from torhaus.subscriptions.actions import lock_contract

PAGE = 50  # mails of one job


class RemindersChanged(Exception):
    """Who would be reminded is no longer who was shown; nobody was. ``plan`` is who would be now."""

    def __init__(self, plan: ReminderPlan) -> None:
        super().__init__("the plan changed since it was shown")
        self.plan = plan


@deed("remind_seats")
def remind_seats(*, contract_ref: str, seat_refs: Sequence[str], shown: str | None = None, by: Actor) -> ReminderPlan:
    """Choose who of some seats' holders is reminded, each at most once in seven days; jobs write the mails.

    ``shown``: the digest of the plan that was looked at, where one was. Unknown and released seats are passed over.

    Raises:
        UnknownContract: no such contract.
        ContractSuspended, ContractNotStarted, ContractEnded: nobody can use a seat.
        RemindersChanged: others would be reminded than were shown.
    """
    contract, now = lock_contract(ref=contract_ref), clock.now()
    refuse_unless_running(contract, vendors_today())
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        known = seats_named(contract, seat_refs).values()
        plan = plan_reminders((one for one in known if one.released_at is None), now)
        if shown is not None and plan.seats and plan.digest != shown:
            raise RemindersChanged(plan)
        for one in plan.seats:
            one.reminded_at, one.reminder_waits, one.reminder = now, True, one.reminder or new_ref()
        Seat.objects.bulk_update(plan.seats, ["reminded_at", "reminder_waits", "reminder"], batch_size=200)
    if not plan.seats:
        nothing_done()
        return plan
    refs = [one.ref for one in plan.seats]
    for start in range(0, len(refs), PAGE):
        mail_seat_reminders.enqueue(contract.ref, refs[start : start + PAGE])
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "contract": contract.number,
            "seats": refs,
            "skipped": {str(why): many for why, many in plan.skipped.items()},
        },
    )
    return plan
