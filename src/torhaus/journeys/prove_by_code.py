"""The second step by a code, and the deed ``pause_app_codes``: who tries a hundred wrong ones is stopped, and it is told."""

from datetime import datetime

from django.db import transaction

from torhaus.accounts.models import User
from torhaus.accounts.second_factors import MOST_WRONG, Proved, accept_code
from torhaus.journeys.account_mail import tell_person
from torhaus.records.deeds import Actor, deed, housekeeping, write_record


@housekeeping
def prove_by_code(*, user: User, code: str, by: Actor) -> Proved:
    """Use up a code of the app or a recovery code; the wrong one too many is recorded and told in its transaction."""
    with transaction.atomic():
        proved = accept_code(user=user, code=code)
        if proved.paused_now and proved.paused_until:
            pause_app_codes(user=user, until=proved.paused_until, by=by)
    return proved


@deed("pause_app_codes")
def pause_app_codes(*, user: User, until: datetime, by: Actor) -> None:
    """Record that no codes of a person's app are taken for a day, and tell them what that means and what to do."""
    tell_person(user=user, change="app_paused", by=by, context={"until": until, "wrong": MOST_WRONG})
    write_record(by=by, subject=("user", user.ref), after={"wrong": MOST_WRONG, "until": until.isoformat()})
