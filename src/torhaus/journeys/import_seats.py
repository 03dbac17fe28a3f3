"""The deed ``import_seats``: all holders in a file get their seats, or none does; links go to them by mail if wanted.

Between preview and confirmation the contract may change: seats are given away, a booking shrinks, somebody imports the
same file in another window. So what was shown is planned anew under the contract's lock, and only the same is done.
"""

from collections import Counter
from collections.abc import Sequence

from django_scopes import scope

from torhaus.journeys.tasks import mail_seat_registrations, told
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.seats.add_seats import add_seats
from torhaus.seats.holders import refuse_unless_running, vendors_today
from torhaus.seats.models import Seat
from torhaus.seats.seat_lines import SeatLine
from torhaus.seats.seat_plan import SeatPlan, plan_seats
from torhaus.subscriptions.actions import lock_contract

# So many mails are one job, so that a worker that is stopped has little to look at again.
PAGE = 50


class PlanChanged(Exception):
    """What would be done is no longer what was shown; ``plan`` is what would be done now. Nothing was."""

    def __init__(self, plan: SeatPlan) -> None:
        super().__init__("the plan changed since it was shown")
        self.plan = plan


@deed("import_seats")
def import_seats(*, contract_ref: str, lines: Sequence[SeatLine], shown: str, mails: bool, by: Actor) -> list[Seat]:
    """Give out the seats that lines ask for, if the plan is still the one whose digest is ``shown``. Repeated, nothing is done.

    ``mails``: each new holder who is a person is sent the link to confirm the seat, by jobs.

    Raises:
        UnknownContract: no such contract.
        ContractSuspended, ContractNotStarted, ContractEnded: nobody gets a seat.
        PlanChanged: another plan than the one that was shown, or one that cannot be done.
    """
    contract, today = lock_contract(ref=contract_ref), vendors_today()
    refuse_unless_running(contract, today)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        plan = plan_seats(contract, lines, today)
        if plan.fits and not plan.new:
            nothing_done()
            return []
        if not plan.fits or plan.digest != shown:
            raise PlanChanged(plan)
        seats = add_seats(contract=contract, plan=plan, by=by)
    if mails:
        waiting = [one.ref for one in seats if one.mail]
        for start in range(0, len(waiting), PAGE):
            mail_seat_registrations.enqueue(contract.ref, waiting[start : start + PAGE], told(by))
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number, "seats": dict(Counter(one.kind.key for one in seats)), "mails": mails},
    )
    return seats
