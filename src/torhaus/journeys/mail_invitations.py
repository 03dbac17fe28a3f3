"""The deed ``mail_invitations``: the links of people who were invited by a file, a mail each. It bears running twice."""

import logging
from collections.abc import Sequence

from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.journeys.invite_owner import LIVES, MailboxFull, may_be_invited, send_invitation
from torhaus.notices.letters import MailRefused
from torhaus.organisations.models import Membership, MembershipState
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record

_log = logging.getLogger(__name__)


@deed("mail_invitations")
def mail_invitations(*, customer_ref: str, member_refs: Sequence[str], by: Actor) -> int:
    """Mail the link to each who still waits for it, for seven days from now; give how many mails were written.

    That a mail waits stands in the person's row, which is locked: whoever was mailed, came in or was removed gets none.
    """
    with scopes_disabled():
        rows = Membership.objects.select_for_update(of=("self",)).select_related("customer", "person")
        waiting = rows.filter(
            customer__ref=customer_ref, ref__in=member_refs, state=MembershipState.INITIATED, mail_waits=True
        )
        written = sum(_mail(row) for row in waiting.order_by("pk"))
    if written:
        write_record(by=by, customer_ref=customer_ref, subject=("customer", customer_ref), after={"mails": written})
    else:
        nothing_done()
    return written


@part
def _mail(row: Membership) -> bool:
    row.mail_waits, row.invitation_ends_at = False, clock.now() + LIVES
    refusal = "" if may_be_invited(row.person) else "account closed"
    try:
        if not refusal:
            send_invitation(row)
    except (MailboxFull, MailRefused) as error:
        refusal = type(error).__name__
    if refusal:
        # Since the file was confirmed; the page of the person offers to send another.
        _log.warning("an invitation is not mailed", extra={"event": {"member": row.ref, "reason": refusal}})
        row.save(update_fields=["mail_waits"])
        return False
    row.save(update_fields=["mail_waits", "invitation_ends_at"])
    return True
