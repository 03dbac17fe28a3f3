"""The deed ``remind_of_education``: a customer hears that its education terms end, while there is time to prove anew."""

from django_scopes import scope, scopes_disabled

from torhaus.journeys.education_mail import mail_owner
from torhaus.journeys.request_education import offered_categories
from torhaus.notices.models import Mail
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.records.models import ActorKind
from torhaus.seats.holders import vendors_today
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.education import education_of
from torhaus.subscriptions.education_rules import stage_due
from torhaus.subscriptions.models import EducationRequest
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import Status, status

BY = Actor(ActorKind.SYSTEM, "education")


@deed("remind_of_education")
def remind_of_education(*, request_id: int) -> list[Mail]:
    """Write to the owner 60, 30 and 7 days before a mark ends, once each.

    Nobody is told of a mark that a newer one replaced or that staff ended before its time, while a new request waits, or
    where the contract is over. Where there is nobody to tell, nothing counts as told: whoever comes later hears of the
    stage that is due then.
    """
    with scopes_disabled():
        contract = lock_contract(
            ref=EducationRequest.objects.values_list("contract__ref", flat=True).get(pk=request_id)
        )
    today = vendors_today()
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        stands = education_of(contract.pk, today)
        mark = stands.in_force
        ends_on = mark.ends_on if mark is not None and mark.ended_at is None else None
        stage = stage_due(ends_on, mark.told, today) if mark is not None and ends_on is not None else None
        over = status(agreement_of(contract), today) is Status.EXPIRED
        if mark is None or mark.pk != request_id or stage is None or stands.waiting or over:
            nothing_done()
            return []
    mark.contract = contract
    offered = any(one.pk == mark.category_id for one in offered_categories())
    mails = mail_owner("education_ends", mark, link="web:request_education", offered=offered)
    if not mails:
        nothing_done()
        return []
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        mark.told = stage
        mark.save(update_fields=["told"])
    said = {"contract": contract.number, "request": mark.ref, "days": stage, "mails": len(mails)}
    said["ends_on"] = mark.ends_on.isoformat() if mark.ends_on else None
    write_record(by=BY, customer_ref=contract.customer.ref, subject=("contract", contract.ref), after=said)
    return mails
