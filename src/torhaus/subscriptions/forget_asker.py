"""Forgets what somebody handed in with requests: a part of erasing a person (GDPR Art. 17)."""

from django.db.models import QuerySet
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.records.deeds import part
from torhaus.subscriptions.models import EducationRequest, EducationState


def education_requests_across_customers(user: User) -> QuerySet[EducationRequest]:
    """Give the requests for education terms that somebody made."""
    with scopes_disabled():
        return EducationRequest.objects.filter(asked_by=user)


@part
def forget_asker(user: User) -> None:
    """Take statement, proof and asker off somebody's requests for education terms; what is open is withdrawn.

    What was granted stays granted. The proofs leave the store once nothing refers to them.
    """
    nothing = {"statement": "", "proof_name": "", "proof_type": "", "proof_size": 0, "proof_key": "", "asked_by": None}
    with scopes_disabled():
        mine = education_requests_across_customers(user)
        mine.filter(state=EducationState.OPEN).update(state=EducationState.WITHDRAWN, decided_at=clock.now())
        mine.update(**nothing)
