"""The deeds ``invite_owner`` and ``accept_invitation``: how somebody of a customer's gets an account of their own."""

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet
from django.urls import reverse
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.accounts.passwords import require_fit
from torhaus.core import clock
from torhaus.core.link_codes import mark_of
from torhaus.core.random import new_ref
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.organisations.models import Customer, Membership, MembershipState, Role
from torhaus.records.deeds import Actor, deed, part, write_record
from torhaus.records.models import ActorKind

LIVES = timedelta(days=7)


class OwnerExists(Exception):
    """The customer has an owner who has come in; ownership is not taken from anybody by an invitation."""


class NotInvitable(Exception):
    """The mail address belongs to somebody who cannot be invited: staff, or a closed account."""


class AlreadyMember(Exception):
    """The person is one of the customer's people already."""


class InvitationOver(Exception):
    """The invitation was used, has expired, or was taken back."""


@deed("invite_owner")
def invite_owner(*, customer_ref: str, name: str, mail: str, by: Actor) -> Membership:
    """Invite the customer's first owner by mail. An owner who was invited before and never came is replaced.

    Raises:
        OwnerExists: the owner has come in.
        NotInvitable: that mail cannot be invited.
        AlreadyMember: the person has another role at this customer.
    """
    with scopes_disabled():
        customer = Customer.objects.select_for_update().get(ref=customer_ref)
        owners = Membership.objects.filter(customer=customer, role=Role.OWNER)
        _end_invitations(owners)
        person = person_to_invite(name=name, mail=mail, language=customer.language)
        if Membership.objects.filter(customer=customer, person=person).exists():
            raise AlreadyMember
        now = clock.now()
        row = Membership.objects.create(
            customer=customer,
            person=person,
            role=Role.OWNER,
            invited_name=name,
            invitation=new_ref(),
            invited_at=now,
            invitation_ends_at=now + LIVES,
        )
    mail_invitation(row)
    write_record(
        by=by,
        customer_ref=customer.ref,
        subject=("membership", row.ref),
        after={"role": row.role, "state": row.state},
        personal={"mail": person.mail, "name": name},
    )
    return row


@deed("accept_invitation")
def accept_invitation(*, invitation: str, name: str = "", password: str = "", by: Actor) -> Membership:
    """Use the invitation up: the person is let in from now on (B103).

    Somebody new is given ``name`` and ``password``; who has a password keeps it, and both are ignored.

    Raises:
        InvitationOver: it works no more.
        UnfitPassword: the password is refused; the invitation still works.
    """
    with scopes_disabled():
        rows = Membership.objects.select_for_update(of=("self",)).select_related("customer")
        row = rows.filter(invitation=invitation, invitation_ends_at__gt=clock.now()).first() if invitation else None
        person = User.objects.select_for_update().get(pk=row.person_id) if row is not None else None
        if row is None or person is None or not person.is_active:
            raise InvitationOver
        if not person.has_usable_password():
            person.name = name
            require_fit(password, person)
            person.set_password(password)
            person.save(update_fields=["name", "password"])
        row.state, row.invitation, row.invitation_ends_at = MembershipState.ACTIVE, "", None
        row.save(update_fields=["state", "invitation", "invitation_ends_at"])
    write_record(
        by=replace(by, kind=ActorKind.PERSON, ref=person.ref, name=person.mail),
        customer_ref=row.customer.ref,
        subject=("membership", row.ref),
        before={"state": MembershipState.INITIATED},
        after={"role": row.role, "state": row.state},
    )
    return row


def _end_invitations(owners: QuerySet[Membership]) -> None:
    # Locked first: somebody may be coming in at this moment.
    if any(row.state != MembershipState.INITIATED for row in owners.select_for_update()):
        raise OwnerExists
    owners.delete()


@part
def person_to_invite(*, name: str, mail: str, language: str) -> User:
    """Give the person with this mail, new if there is none; somebody new can sign in only once they came."""
    new = {"name": name, "language": language, "password": make_password(None)}
    found = User.objects.get_or_create(mail=mail.strip().lower(), defaults=new)[0]
    if found.staff_role or not found.is_active:
        raise NotInvitable
    return found


@part
def mail_invitation(row: Membership) -> None:
    """Write the mail with the link of an invitation."""
    path = reverse("web:open_invitation", args=[row.invitation, "-code-"])
    mail_from_vendor(
        template="invitation",
        recipient=row.person.mail,
        recipient_name=row.invited_name,
        language=row.person.language,
        customer_ref=row.customer.ref,
        context={
            "customer": row.customer.name,
            "link": settings.OPTIONS.public_url.rstrip("/") + path.replace("-code-", mark_of(row.invitation)),
            "until": row.invitation_ends_at,
        },
    )
