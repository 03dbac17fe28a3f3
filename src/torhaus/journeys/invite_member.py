"""The deeds ``invite_member`` and ``resend_invitation``: how a customer has its own people in."""

from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.core.random import new_ref
from torhaus.journeys.invite_owner import LIVES, AlreadyMember, mail_invitation, person_to_invite
from torhaus.organisations.members import OwnerStays, UnknownMember
from torhaus.organisations.models import Customer, Membership, MembershipState, Role
from torhaus.records.deeds import Actor, deed, write_record


@deed("invite_member")
def invite_member(*, customer_ref: str, name: str, mail: str, role: Role, by: Actor) -> Membership:
    """Invite somebody by mail into a role other than the owner's; they are initiated until they come in (B103).

    Raises:
        AlreadyMember: the person is one of the customer's people, invited or in.
        NotInvitable: that mail cannot be invited.
        OwnerStays: nobody becomes owner this way.
    """
    if role == Role.OWNER:
        raise OwnerStays
    with scopes_disabled():
        customer = Customer.objects.select_for_update().get(ref=customer_ref)
        person = person_to_invite(name=name, mail=mail, language=customer.language)
        if Membership.objects.filter(customer=customer, person=person).exists():
            raise AlreadyMember
        now = clock.now()
        row = Membership.objects.create(
            customer=customer,
            person=person,
            role=role,
            invited_name=name,
            invitation=new_ref(),
            invited_at=now,
            invitation_ends_at=now + LIVES,
        )
    _tell(row, by=by)
    return row


@deed("resend_invitation")
def resend_invitation(*, member_ref: str, by: Actor) -> Membership:
    """Send a person of the customer in scope another invitation; the one before works no more.

    Raises:
        UnknownMember: nobody of that reference waits for an invitation.
    """
    rows = Membership.objects.select_for_update(of=("self",)).select_related("customer", "person")
    row = rows.filter(ref=member_ref, state=MembershipState.INITIATED).first()
    if row is None:
        raise UnknownMember
    now = clock.now()
    row.invitation, row.invited_at, row.invitation_ends_at = new_ref(), now, now + LIVES
    row.save(update_fields=["invitation", "invited_at", "invitation_ends_at"])
    _tell(row, by=by)
    return row


def _tell(row: Membership, *, by: Actor) -> None:
    mail_invitation(row)
    write_record(
        by=by,
        customer_ref=row.customer.ref,
        subject=("membership", row.ref),
        after={"role": row.role, "state": row.state},
        personal={"mail": row.person.mail, "name": row.invited_name},
    )
