"""Forgets what somebody handed in with requests: a part of erasing a person (GDPR Art. 17)."""

from django.db.models import QuerySet
from django_scopes import scope, scopes_disabled

from torhaus.accounts.models import User
from torhaus.records.deeds import CustomerRecord, part
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.education import decide_education
from torhaus.subscriptions.models import EducationRequest, EducationState


def education_requests_across_customers(user: User) -> QuerySet[EducationRequest]:
    """Give the requests for education terms that somebody made."""
    with scopes_disabled():
        return EducationRequest.objects.filter(asked_by=user)


@part
def forget_asker(user: User) -> list[CustomerRecord]:
    """Take statement, proof and asker off somebody's requests for education terms; what is open is withdrawn.

    What was granted stays granted. The proofs leave the store once nothing refers to them. Gives what each customer is
    to read: its request waits no more.
    """
    nothing = {"statement": "", "proof_name": "", "proof_type": "", "proof_size": 0, "proof_key": "", "asked_by": None}
    told = []
    waiting = education_requests_across_customers(user).filter(state=EducationState.OPEN)
    for ref in list(waiting.order_by("contract_id").values_list("contract__ref", flat=True)):
        contract = lock_contract(ref=ref)
        with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
            rows = EducationRequest.objects.filter(contract=contract, asked_by=user, state=EducationState.OPEN)
            for row in rows.select_related("category"):  # none if sales decided until the lock was there
                decide_education(request=row, state=EducationState.WITHDRAWN)
                after = {"contract": contract.number, "request": row.ref, "category": row.category.key}
                subject = ("contract", contract.ref)
                told.append(CustomerRecord("withdraw_education_request", contract.customer.ref, subject, after))
    with scopes_disabled():
        education_requests_across_customers(user).update(**nothing)
    return told
