"""The deed ``invite_members``: all people in a file are invited, or none is; their mails follow by jobs.

Between preview and confirmation the customer's people may change: somebody is invited, comes in, is removed. So what
was shown is planned anew under the customer's lock, and only the same is done.
"""

from collections import Counter
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.accounts.queries import people_with_mails
from torhaus.core import clock
from torhaus.core.random import new_ref
from torhaus.journeys.invitation_plan import InvitationPlan, plan_invitations
from torhaus.journeys.invite_owner import LIVES, may_be_invited
from torhaus.journeys.tasks import mail_invitations, told
from torhaus.organisations.invitation_lines import InvitationLine
from torhaus.organisations.models import Customer, Membership, MembershipState
from torhaus.records.deeds import Actor, CustomerRecord, deed, nothing_done, part, write_customer_records, write_record

# So many mails are one job, so that a worker that is stopped has little to look at again.
PAGE = 50
_BATCH = 500


class InvitationsChanged(Exception):
    """What would be done is no longer what was shown; ``plan`` is what would be done now. Nothing was."""

    def __init__(self, plan: InvitationPlan) -> None:
        super().__init__("the plan changed since it was shown")
        self.plan = plan


@deed("invite_members")
def invite_members(*, customer_ref: str, lines: Sequence[InvitationLine], shown: str, by: Actor) -> list[Membership]:
    """Invite whom lines name, if the plan is still the one whose digest is ``shown``. Repeated, nothing is done.

    Each is recorded as one who is invited alone. The links are mailed by jobs, once this has committed.

    Raises:
        InvitationsChanged: another plan than the one that was shown, or one that cannot be done.
    """
    with scopes_disabled():
        customer = Customer.objects.select_for_update().get(ref=customer_ref)
        plan = plan_invitations(customer.pk, lines)
        if plan.fits and not plan.new:
            nothing_done()
            return []
        if not plan.fits or plan.digest != shown:
            raise InvitationsChanged(plan)
        rows = _add(customer, plan)
    for start in range(0, len(rows), PAGE):
        mail_invitations.enqueue(customer.ref, [row.ref for row in rows[start : start + PAGE]], told(by))
    write_customer_records(by=by, entries=[_entry(customer, row) for row in rows])
    write_record(
        by=by,
        customer_ref=customer.ref,
        subject=("customer", customer.ref),
        after={"invited": dict(Counter(str(row.role) for row in rows))},
    )
    return rows


@part
def _add(customer: Customer, plan: InvitationPlan) -> list[Membership]:
    """Add the people to a locked customer, each with an invitation whose mail waits."""
    lines = {one.line.mail: one.line for one in plan.new}
    known = {one.mail for one in _people(list(lines))}
    User.objects.bulk_create(
        (
            User(mail=mail, name=line.name, language=line.language or customer.language, password=make_password(None))
            for mail, line in lines.items()
            if mail not in known
        ),
        batch_size=_BATCH,
        ignore_conflicts=True,  # another customer invited the same person a moment ago
    )
    people = {one.mail: one for one in _people(list(lines))}
    if not all(mail in people and may_be_invited(people[mail]) for mail in lines):
        raise InvitationsChanged(plan)
    now = clock.now()
    rows = [
        Membership(
            customer=customer,
            person=people[mail],
            role=str(line.role),
            invited_name=line.name,
            invitation=new_ref(),
            invited_at=now,
            invitation_ends_at=now + LIVES,
            mail_waits=True,
        )
        for mail, line in lines.items()
    ]
    return Membership.objects.bulk_create(rows, batch_size=_BATCH)


def _people(mails: Sequence[str]) -> list[User]:
    return [one for start in range(0, len(mails), _BATCH) for one in people_with_mails(mails[start : start + _BATCH])]


def _entry(customer: Customer, row: Membership) -> CustomerRecord:
    return CustomerRecord(
        deed="invite_member",
        customer_ref=customer.ref,
        subject=("membership", row.ref),
        after={"role": row.role, "state": str(MembershipState.INITIATED)},
        personal={"mail": row.person.mail, "name": row.invited_name},
    )
