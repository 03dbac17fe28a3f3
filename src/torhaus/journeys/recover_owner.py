"""The deeds by which staff recover an account whose owner is gone: one proposes a successor, another confirms.

The former owner is deactivated, not only demoted: nobody is behind that account any more, and whoever finds its
password must not come in as an administrator. The new owner activates them again if they come back. Where the customer allows only ways
to sign in that the new owner has not, all are allowed again.
"""

from dataclasses import dataclass
from datetime import timedelta

from django_scopes import scopes_disabled

from torhaus.accounts.models import StaffRole, User
from torhaus.accounts.open_sessions import end_sessions_of
from torhaus.accounts.queries import active_person, person_with_mail
from torhaus.core import clock
from torhaus.journeys.invite_owner import AlreadyMember, NotInvitable, add_invited, may_be_invited, send_invitation
from torhaus.journeys.vendor_mail import mail_contacts, mail_from_vendor
from torhaus.organisations.models import (
    ContactRole,
    Customer,
    Membership,
    MembershipState,
    OwnerRecovery,
    OwnershipOffer,
    Role,
)
from torhaus.organisations.people import open_recovery_of
from torhaus.organisations.security import let_owner_in
from torhaus.records.deeds import Actor, deed, housekeeping, write_record
from torhaus.records.models import ActorKind

LIVES = timedelta(days=7)
# Of the two who act one is an administrator (``frame/rights.py`` gives the right to the same roles).
ROLES = frozenset({StaffRole.ADMINISTRATOR, StaffRole.SALES})


class NotStaff(Exception):
    """Whoever acts is not, or not any more, of the staff who may do this."""


class NothingToRecover(Exception):
    """No owner has come in: there is nobody to take the account from, and inviting an owner is enough."""


class SuccessorUnfit(Exception):
    """The successor has to be one of the customer's people who is active, and not the owner."""


class RecoveryOpen(Exception):
    """Something else is proposed and waits; it has to be withdrawn first."""


class RecoveryOver(Exception):
    """It was confirmed or withdrawn, or is too old."""


class SamePerson(Exception):
    """Whoever proposed it does not confirm it."""


class AdministratorNeeded(Exception):
    """Neither of the two is an administrator."""


@dataclass(frozen=True)
class Successor:
    """Who is to become the owner: one of the customer's people, or somebody to be invited."""

    member_ref: str = ""
    name: str = ""
    mail: str = ""


@deed("propose_owner_recovery")
def propose_owner_recovery(*, customer_ref: str, successor: Successor, reason: str, by: Actor) -> OwnerRecovery:
    """Propose who becomes the owner of a customer whose owner is gone. Nothing changes until another confirms.

    Raises:
        NotStaff: ``by`` may not.
        NothingToRecover: no owner has come in.
        SuccessorUnfit: the person cannot become the owner.
        AlreadyMember: who is to be invited is one of the customer's people.
        NotInvitable: that mail cannot be invited.
        RecoveryOpen: something is proposed already.
    """
    staff = _staff(by)
    with scopes_disabled():
        customer = Customer.objects.select_for_update().get(ref=customer_ref)
        owner = _owner(customer)
        row = _chosen(customer, successor)
        now = clock.now()
        OwnerRecovery.objects.filter(customer=customer, ends_at__lte=now).delete()
        if OwnerRecovery.objects.filter(customer=customer).exists():
            raise RecoveryOpen
        found = OwnerRecovery.objects.create(
            customer=customer,
            successor=row,
            name="" if row else successor.name,
            mail="" if row else successor.mail.strip().lower(),
            reason=reason,
            proposed_by=staff,
            proposed_at=now,
            ends_at=now + LIVES,
        )
    _record(found, by=by, former=owner)
    return found


@deed("withdraw_owner_recovery")
def withdraw_owner_recovery(*, customer_ref: str, recovery_ref: str, by: Actor) -> None:
    """Withdraw what was proposed; the proposer may, and everybody who could confirm it.

    Raises:
        NotStaff: ``by`` may not.
        RecoveryOver: there is nothing to withdraw.
    """
    _staff(by)
    with scopes_disabled():
        customer = Customer.objects.select_for_update().get(ref=customer_ref)
        found = _open(customer, recovery_ref)
        former = Membership.objects.filter(customer=customer, role=Role.OWNER).first()
        OwnerRecovery.objects.filter(pk=found.pk).delete()
    _record(found, by=by, former=former)


@deed("confirm_owner_recovery")
def confirm_owner_recovery(*, customer_ref: str, recovery_ref: str, by: Actor) -> Membership:
    """Make the proposed successor the owner; the former one is let in no more, and their sessions end.

    Raises:
        NotStaff: ``by`` may not, or the proposer may not any more.
        RecoveryOver: it was withdrawn, confirmed, or is too old.
        SamePerson: ``by`` proposed it.
        AdministratorNeeded: neither of the two is an administrator.
        NothingToRecover, SuccessorUnfit, AlreadyMember, NotInvitable, MailboxFull: things changed since.
    """
    staff = _staff(by)
    with scopes_disabled():
        customer = Customer.objects.select_for_update().get(ref=customer_ref)
        people = Membership.objects.select_for_update(of=("self",)).filter(customer=customer)
        list(people.order_by("pk"))  # locked: nobody is deactivated while becoming the owner, and no owner comes in
        found = _open(customer, recovery_ref)
        _require_four_eyes(found.proposed_by, staff)
        former = _owner(customer)
        member_ref = found.successor.ref if found.successor else ""
        row = _chosen(customer, Successor(member_ref, found.name, found.mail))
        before = {"role": row.role, "state": row.state} if row else {}
        OwnerRecovery.objects.filter(pk=found.pk).delete()
        # What the former owner offered would take the account from the new one.
        OwnershipOffer.objects.filter(customer=customer).delete()
        came_in = _end(former)
        row = _made_owner(row) if row else _invited(customer, found)
        opened = let_owner_in(customer=customer, owner=row)
    _tell(customer, former if came_in else None, row)
    _record(found, by=by, former=former, row=row, before=before, opened=opened)
    return row


@housekeeping
def forget_old_recoveries() -> int:
    """Delete proposals whose time is over, with the name, address and reason in them. Give how many went."""
    with scopes_disabled():
        return OwnerRecovery.objects.filter(ends_at__lte=clock.now()).delete()[0]


def _staff(by: Actor) -> User:
    found = active_person(ref=by.ref) if by.kind == ActorKind.STAFF and by.ref else None
    if found is None or found.staff_role not in ROLES:
        raise NotStaff
    return found


def _require_four_eyes(proposer: User, staff: User) -> None:
    if proposer.pk == staff.pk:
        raise SamePerson
    if not proposer.is_active or proposer.staff_role not in ROLES:
        raise NotStaff
    if StaffRole.ADMINISTRATOR not in {proposer.staff_role, staff.staff_role}:
        raise AdministratorNeeded


def _owner(customer: Customer) -> Membership:
    row = Membership.objects.select_related("person").filter(customer=customer, role=Role.OWNER).first()
    if row is None or (row.state == MembershipState.INITIATED and not row.recovered):
        raise NothingToRecover
    return row


def _open(customer: Customer, recovery_ref: str) -> OwnerRecovery:
    found = open_recovery_of(customer.pk)
    if found is None or found.ref != recovery_ref:
        raise RecoveryOver
    return found


def _chosen(customer: Customer, successor: Successor) -> Membership | None:
    """Give the person chosen, None for somebody to be invited who can be."""
    rows = Membership.objects.select_related("person").filter(customer=customer)
    if successor.member_ref:
        row = rows.filter(ref=successor.member_ref, state=MembershipState.ACTIVE).exclude(role=Role.OWNER).first()
        if row is None or not may_be_invited(row.person):
            raise SuccessorUnfit
        return row
    person = person_with_mail(successor.mail)
    if person is not None and not may_be_invited(person):
        raise NotInvitable
    if person is not None and rows.filter(person=person).exists():
        raise AlreadyMember
    return None


def _end(former: Membership) -> bool:
    """Let the former owner in no more; give whether they had come in. An invitation that nobody used goes."""
    if former.state == MembershipState.INITIATED:
        Membership.objects.filter(pk=former.pk).delete()
        return False
    former.role, former.state, former.recovered = Role.ADMINISTRATOR, MembershipState.DEACTIVATED, False
    former.save(update_fields=["role", "state", "recovered"])  # first: a customer never has two owners
    end_sessions_of(user=former.person)
    return True


def _made_owner(row: Membership) -> Membership:
    row.role = Role.OWNER
    row.save(update_fields=["role"])
    return row


def _invited(customer: Customer, found: OwnerRecovery) -> Membership:
    row = add_invited(customer=customer, name=found.name, mail=found.mail, role=Role.OWNER, recovered=True)
    send_invitation(row)
    return row


def _tell(customer: Customer, former: Membership | None, row: Membership) -> None:
    told = [(former, "former")] if former else []
    if row.state == MembershipState.ACTIVE:  # who is invited has a mail of their own
        told.append((row, "successor"))
    context = {"customer": customer.name, "successor": row.shown_name}
    for one, reader in told:
        mail_from_vendor(
            template="owner_recovered",
            recipient=one.person.mail,
            recipient_name=one.person.name,
            language=one.person.language,
            customer_ref=customer.ref,
            context=context | {"reader": reader},
        )
    mail_contacts(
        template="owner_recovered",
        customer=customer,
        roles=(ContactRole.MAIN, ContactRole.BILLING, ContactRole.TECHNICAL),
        context=context | {"reader": "contact"},
        without=[one.person.mail for one, _reader in told] + [row.person.mail],
    )


def _record(
    found: OwnerRecovery,
    *,
    by: Actor,
    former: Membership | None,
    row: Membership | None = None,
    before: dict[str, str] | None = None,
    opened: bool = False,
) -> None:
    row = row or found.successor
    write_record(
        by=by,
        customer_ref=found.customer.ref,
        subject=("membership", row.ref) if row else ("customer", found.customer.ref),
        before=before,
        after={
            "role": Role.OWNER,
            "former": former.ref if former else "",
            "recovery": found.ref,
            "proposed_by": found.proposed_by.ref,
            **({"ways_to_sign_in": "all"} if opened else {}),
        },
        personal={
            "mail": row.person.mail if row else found.mail,
            "name": row.shown_name if row else found.name,
            "reason": found.reason,
        },
    )
