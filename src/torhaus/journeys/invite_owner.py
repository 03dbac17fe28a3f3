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
from torhaus.notices.models import INVITATION
from torhaus.notices.queries import mails_to_across_customers
from torhaus.organisations.models import Customer, Membership, MembershipState, OwnerRecovery, Role
from torhaus.organisations.passkey_links import give_passkey_link
from torhaus.records.deeds import Actor, deed, part, write_record
from torhaus.records.models import ActorKind

LIVES = timedelta(days=7)
# However many customers and staff invite, and however often, a mailbox gets no more invitations than these.
MOST = ((timedelta(hours=1), 3), (timedelta(days=1), 10))


class OwnerExists(Exception):
    """The customer has an owner who has come in; ownership is not taken from anybody by an invitation."""


class AddressFixed(Exception):
    """Two of the staff chose this owner (``recover_owner.py``); one of them alone invites no other address."""


class NotInvitable(Exception):
    """The mail address belongs to somebody who cannot be invited: staff, or a closed account."""


class AlreadyMember(Exception):
    """The person is one of the customer's people already."""


class MailboxFull(Exception):
    """That mailbox got as many invitations as it may, from whomever; later it may get more."""


class InvitationOver(Exception):
    """The invitation was used, has expired, or was taken back."""


@deed("invite_owner")
def invite_owner(*, customer_ref: str, name: str, mail: str, by: Actor) -> Membership:
    """Invite the customer's first owner by mail. An owner who was invited before and never came is replaced.

    Raises:
        OwnerExists: the owner has come in.
        AddressFixed: the owner was recovered, and has another address.
        NotInvitable: that mail cannot be invited.
        AlreadyMember: the person has another role at this customer.
        MailboxFull: that mailbox got enough invitations for now.
    """
    with scopes_disabled():
        customer = Customer.objects.select_for_update().get(ref=customer_ref)
        recovered = _end_invitations(Membership.objects.filter(customer=customer, role=Role.OWNER), mail)
        row = add_invited(customer=customer, name=name, mail=mail, role=Role.OWNER, recovered=recovered)
    tell_of_invitation(row, by=by)
    return row


@deed("accept_invitation")
def accept_invitation(*, invitation: str, name: str = "", password: str = "", by: Actor) -> Membership:
    """Use the invitation up: the person is let in from now on (B103).

    Where passkeys alone let people in, whoever has none may add one with the link that the row holds then.
    Somebody new is given ``name`` and ``password``; who has a password keeps it, and both are ignored.

    Raises:
        InvitationOver: it works no more.
        UnfitPassword: the password is refused; the invitation still works.
    """
    with scopes_disabled():
        rows = Membership.objects.select_for_update(of=("self",)).select_related("customer__security")
        row = rows.filter(invitation=invitation, invitation_ends_at__gt=clock.now()).first() if invitation else None
        person = User.objects.select_for_update().get(pk=row.person_id) if row is not None else None
        if row is None or person is None or not may_be_invited(person):
            raise InvitationOver
        if not person.has_usable_password():
            person.name = name
            require_fit(password, person)
            person.set_password(password)
            person.save(update_fields=["name", "password"])
        row.state, row.invitation, row.invitation_ends_at = MembershipState.ACTIVE, "", None
        give_passkey_link(row)  # the invitation is the proof where nothing but a passkey lets them in
        fields = ["state", "invitation", "invitation_ends_at", "passkey_link", "passkey_link_ends_at"]
        row.save(update_fields=fields)
        if row.role == Role.OWNER:  # whom staff proposed to replace came in
            OwnerRecovery.objects.filter(customer=row.customer).delete()
    write_record(
        by=replace(by, kind=ActorKind.PERSON, ref=person.ref, name=person.mail),
        customer_ref=row.customer.ref,
        subject=("membership", row.ref),
        before={"state": MembershipState.INITIATED},
        after={"role": row.role, "state": row.state},
    )
    return row


def _end_invitations(owners: QuerySet[Membership], mail: str) -> bool:
    """End the invitation of an owner who never came; give whether they were recovered."""
    # Locked first: somebody may be coming in at this moment.
    found = list(owners.select_for_update(of=("self",)).select_related("person"))
    if any(row.state != MembershipState.INITIATED for row in found):
        raise OwnerExists
    recovered = any(row.recovered for row in found)
    if recovered and any(row.person.mail != mail.strip().lower() for row in found):
        raise AddressFixed
    owners.delete()
    return recovered


@part
def add_invited(*, customer: Customer, name: str, mail: str, role: Role, recovered: bool = False) -> Membership:
    """Add somebody with an invitation to a locked customer; somebody new can sign in only once they came.

    Raises:
        NotInvitable: that mail cannot be invited.
        AlreadyMember: the person is one of the customer's people.
    """
    new = {"name": name, "language": customer.language, "password": make_password(None)}
    person = User.objects.get_or_create(mail=mail.strip().lower(), defaults=new)[0]
    if not may_be_invited(person):
        raise NotInvitable
    if Membership.objects.filter(customer=customer, person=person).exists():
        raise AlreadyMember
    now = clock.now()
    return Membership.objects.create(
        customer=customer,
        person=person,
        role=role,
        invited_name=name,
        invitation=new_ref(),
        invited_at=now,
        invitation_ends_at=now + LIVES,
        recovered=recovered,
    )


def may_be_invited(person: User) -> bool:
    """Whether an invitation opens anything for this person: neither staff nor a closed account."""
    return person.is_active and not person.staff_role


@part
def tell_of_invitation(row: Membership, *, by: Actor) -> None:
    """Write the mail with the link of an invitation, and the deed's record.

    Raises:
        MailboxFull: that mailbox got enough invitations for now.
    """
    send_invitation(row)
    write_record(
        by=by,
        customer_ref=row.customer.ref,
        subject=("membership", row.ref),
        after={"role": row.role, "state": row.state},
        personal={"mail": row.person.mail, "name": row.invited_name},
    )


@part
def send_invitation(row: Membership) -> None:
    """Write the mail with the link of an invitation.

    Raises:
        MailboxFull: that mailbox got enough invitations for now.
    """
    _require_room(row.person)
    _mail(row)


def _require_room(person: User) -> None:
    # Locked first: two customers may invite the same person at this moment.
    User.objects.select_for_update().get(pk=person.pk)
    now = clock.now()
    for span, most in MOST:
        if mails_to_across_customers(person.mail, template=INVITATION, since=now - span) >= most:
            raise MailboxFull


def _mail(row: Membership) -> None:
    path = reverse("web:open_invitation", args=[row.invitation, "-code-"])
    mail_from_vendor(
        template=INVITATION,
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
