"""The deeds by which a customer keeps its people in order: role, deactivation, removal. The owner is out of reach (B90)."""

from collections.abc import Mapping

from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.organisations.models import Membership, MembershipState, Role
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record


class UnknownMember(Exception):
    """Nobody of this customer's has this reference, or not any more."""


class OwnerStays(Exception):
    """The owner can be neither demoted nor deactivated nor removed (B90), and nobody is made one this way."""


class NotComeIn(Exception):
    """The person was invited and has not come in: the invitation can be taken back, which removes them."""


@deed("change_member_role")
def change_member_role(*, member_ref: str, role: Role, by: Actor) -> Membership:
    """Give a person of the customer in scope another role; it acts at their next request (R22).

    Raises:
        UnknownMember: there is no such person.
        OwnerStays: the person is the owner, or would become it.
    """
    row = _locked(member_ref)
    if role == Role.OWNER:
        raise OwnerStays
    return _change(row, by=by, role=role)


@deed("deactivate_member")
def deactivate_member(*, member_ref: str, by: Actor) -> Membership:
    """Let a person of the customer in scope in no more, from their next request on (R16). A seat they hold stays theirs.

    Raises:
        UnknownMember: there is no such person.
        OwnerStays: the person is the owner.
        NotComeIn: the person never came in.
    """
    return _set_state(member_ref, MembershipState.DEACTIVATED, by=by)


@deed("reactivate_member")
def reactivate_member(*, member_ref: str, by: Actor) -> Membership:
    """Let a deactivated person of the customer in scope in again, in the role they had.

    Raises:
        UnknownMember: there is no such person.
        OwnerStays: the person is the owner.
        NotComeIn: the person never came in.
    """
    return _set_state(member_ref, MembershipState.ACTIVE, by=by)


@deed("remove_member")
def remove_member(*, member_ref: str, by: Actor) -> None:
    """Remove a person from the customer in scope; an invitation ends with it. The person's account itself stays.

    Raises:
        UnknownMember: there is no such person, or not any more.
        OwnerStays: the person is the owner.
    """
    row = _locked(member_ref)
    row.delete()
    _record(row, by=by, before={"role": row.role, "state": row.state}, after={})


@part
def end_links_of_across_customers(*, person: User) -> list[Membership]:
    """End invitations and links for a passkey that lie in a person's mailbox. Give the memberships, with their customers.

    Whoever invited them sends the invitation again.
    """
    with scopes_disabled():
        rows = list(
            Membership.objects.select_for_update(of=("self",))
            .select_related("customer")
            .filter(person=person)
            .order_by("pk")
        )
        now = clock.now()
        Membership.objects.filter(person=person, invitation_ends_at__gt=now).update(invitation_ends_at=now)
        Membership.objects.filter(person=person).exclude(passkey_link="").update(
            passkey_link="", passkey_link_ends_at=None
        )
    return rows


def _locked(member_ref: str) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("person", "customer")
    row = rows.filter(ref=member_ref).first()
    if row is None:
        raise UnknownMember
    if row.role == Role.OWNER:
        raise OwnerStays
    return row


def _set_state(member_ref: str, state: MembershipState, *, by: Actor) -> Membership:
    row = _locked(member_ref)
    if row.state == MembershipState.INITIATED:
        raise NotComeIn
    return _change(row, by=by, state=state)


def _change(row: Membership, *, by: Actor, **values: str) -> Membership:
    before = {name: getattr(row, name) for name in values}
    if before == values:
        nothing_done()
        return row
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    _record(row, by=by, before=before, after=values)
    return row


def _record(row: Membership, *, by: Actor, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    write_record(
        by=by,
        customer_ref=row.customer.ref,
        subject=("membership", row.ref),
        before=before,
        after=after,
        personal={"mail": row.person.mail, "name": row.shown_name},
    )
