"""The deed ``withdraw_education_request``: a customer takes a request for education terms back, and its proof goes."""

from django_scopes import scope

from torhaus.records.deeds import Actor, deed, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.education import (
    UnknownEducationRequest,
    decide_education,
    education_request_of,
    forget_proof,
)
from torhaus.subscriptions.models import EducationRequest, EducationState


@deed("withdraw_education_request")
def withdraw_education_request(*, contract_ref: str, request_ref: str, by: Actor) -> EducationRequest:
    """Take a request back that nobody has decided; what was uploaded with it is forgotten at once.

    Raises:
        UnknownContract: no such contract.
        UnknownEducationRequest: the contract has no such request.
        EducationDecided: it was decided, or taken back before.
    """
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        row = education_request_of(contract.pk, request_ref)
    if row is None:
        raise UnknownEducationRequest(request_ref)
    decide_education(request=row, state=EducationState.WITHDRAWN)
    forget_proof(row)
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number, "request": row.ref, "category": row.category.key},
    )
    return row
