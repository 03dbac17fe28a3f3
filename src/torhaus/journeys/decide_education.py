"""The deeds ``grant_education`` and ``refuse_education``: sales decides, and the customer hears by mail."""

from datetime import date

from torhaus.journeys.education_mail import mail_asker
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.seats.holders import vendors_today
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.education import (
    UnknownEducationRequest,
    decide_education,
    education_request_across_customers,
)
from torhaus.subscriptions.education_rules import last_end, stage_due
from torhaus.subscriptions.models import EducationRequest, EducationState


class EndNotPossible(Exception):
    """The last day is before today, or further away than what is checked anew each year may last."""


@deed("grant_education")
def grant_education(*, request_ref: str, ends_on: date, percent: int, by: Actor) -> EducationRequest:
    """Mark the contract with education terms from today until ``ends_on``; an older mark ends with it.

    Raises:
        UnknownEducationRequest: no such request.
        EducationDecided: it was decided or withdrawn before.
        EndNotPossible: see there.
    """
    row, today = _locked(request_ref), vendors_today()
    if not today <= ends_on <= last_end(today):
        raise EndNotPossible(ends_on)
    decide_education(
        request=row,
        state=EducationState.GRANTED,
        percent=percent,
        starts_on=today,
        ends_on=ends_on,
        # Whoever is granted a few weeks only knows; the reminders begin with the next stage.
        told=stage_due(ends_on, None, today),
    )
    mail_asker("education_decided", row)
    write_record(
        by=by,
        customer_ref=row.contract.customer.ref,
        subject=("contract", row.contract.ref),
        after={
            "contract": row.contract.number,
            "request": row.ref,
            "category": row.category.key,
            "percent": percent,
            "ends_on": ends_on.isoformat(),
        },
    )
    return row


@deed("refuse_education")
def refuse_education(*, request_ref: str, reason: str, by: Actor) -> EducationRequest:
    """Refuse a request, with the reason that its customer reads. A mark that still holds is left as it is.

    Raises:
        UnknownEducationRequest: no such request.
        EducationDecided: it was decided or withdrawn before.
    """
    row = _locked(request_ref)
    decide_education(request=row, state=EducationState.REFUSED, reason=reason)
    mail_asker("education_decided", row)
    write_record(
        by=by,
        customer_ref=row.contract.customer.ref,
        subject=("contract", row.contract.ref),
        after={"contract": row.contract.number, "request": row.ref, "category": row.category.key, "reason": reason},
    )
    return row


def _locked(request_ref: str) -> EducationRequest:
    row = education_request_across_customers(request_ref)
    if row is None:
        raise UnknownEducationRequest(request_ref)
    row.contract = lock_contract(ref=row.contract.ref)
    return row
