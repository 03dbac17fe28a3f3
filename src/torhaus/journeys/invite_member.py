"""The deeds ``invite_member`` and ``resend_invitation``: how a customer has its own people in."""

from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.core.random import new_ref
from torhaus.journeys.invite_owner import LIVES, NotInvitable, add_invited, may_be_invited, tell_of_invitation
from torhaus.organisations.members import OwnerStays, UnknownMember
from torhaus.organisations.models import Customer, Membership, MembershipState, Role
from torhaus.records.deeds import Actor, deed


@deed("invite_member")
def invite_member(*, customer_ref: str, name: str, mail: str, role: Role, by: Actor) -> Membership:
    """Invite somebody by mail into a role other than the owner's; they are initiated until they come in (B103).

    Raises:
        AlreadyMember: the person is one of the customer's people, invited or in.
        NotInvitable: that mail cannot be invited.
        MailboxFull: that mailbox got enough invitations for now.
        OwnerStays: nobody becomes owner this way.
    """
    if role == Role.OWNER:
        raise OwnerStays
    with scopes_disabled():
        customer = Customer.objects.select_for_update().get(ref=customer_ref)
        row = add_invited(customer=customer, name=name, mail=mail, role=role)
    tell_of_invitation(row, by=by)
    return row


@deed("resend_invitation")
def resend_invitation(*, member_ref: str, by: Actor) -> Membership:
    """Send a person of the customer in scope another invitation; the one before works no more.

    Raises:
        UnknownMember: nobody of that reference waits for an invitation.
        NotInvitable: the account was closed meanwhile, so that no link would let the person in.
        MailboxFull: that mailbox got enough invitations for now.
    """
    rows = Membership.objects.select_for_update(of=("self",)).select_related("customer", "person")
    row = rows.filter(ref=member_ref, state=MembershipState.INITIATED).first()
    if row is None:
        raise UnknownMember
    if not may_be_invited(row.person):
        raise NotInvitable
    now = clock.now()
    row.invitation, row.invited_at, row.invitation_ends_at = new_ref(), now, now + LIVES
    row.mail_waits = False  # this one goes out at once
    row.save(update_fields=["invitation", "invited_at", "invitation_ends_at", "mail_waits"])
    tell_of_invitation(row, by=by)
    return row
