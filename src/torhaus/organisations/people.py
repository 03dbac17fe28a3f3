"""Reads of customers' people: who they are to whom, and the invitations that still work."""

from django.db.models import Case, Q, QuerySet, When
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.core.link_codes import same_code
from torhaus.organisations.models import Membership, MembershipState, OwnerRecovery, OwnershipOffer, Role


def memberships_across_customers(person_id: int) -> dict[int, Membership]:
    """Give what lets a person in now, by the customer's primary key."""
    with scopes_disabled():
        rows = Membership.objects.filter(person_id=person_id, state=MembershipState.ACTIVE)
        return {row.customer_id: row for row in rows}


def mails_of_people_across_customers(customer_id: int) -> frozenset[str]:
    """Give the addresses, in small letters, of a customer's people who can sign in now."""
    with scopes_disabled():
        rows = Membership.objects.filter(customer_id=customer_id, state=MembershipState.ACTIVE, person__is_active=True)
        return frozenset(mail.lower() for mail in rows.values_list("person__mail", flat=True))


def owner_of(customer_id: int) -> Membership | None:
    """Give a customer's owner, initiated or active, inside the scope."""
    return Membership.objects.select_related("person").filter(customer_id=customer_id, role=Role.OWNER).first()


def open_invitation_across_customers(invitation: str) -> Membership | None:
    """Find the membership whose invitation works now, with customer and person."""
    if not invitation:
        return None
    with scopes_disabled():
        rows = Membership.objects.select_related("customer", "person")
        return rows.filter(invitation=invitation, invitation_ends_at__gt=clock.now()).first()


def invitation_for_code(invitation: str, code: str) -> Membership | None:
    """Find the working invitation whose code this is; an unknown one costs the same as a wrong code."""
    row = open_invitation_across_customers(invitation)
    return row if same_code(invitation, code) else None


def members_of(customer_id: int) -> QuerySet[Membership]:
    """Give a customer's people by name, the owner first, inside the scope."""
    rows = Membership.objects.select_related("person").filter(customer_id=customer_id)
    return rows.order_by(Case(When(role=Role.OWNER, then=0), default=1), "person__name", "pk")


def states_by_mail(customer_id: int) -> list[tuple[str, str, str]]:
    """Give address, state and role of each of a customer's people, inside the scope."""
    rows = Membership.objects.filter(customer_id=customer_id)
    return list(rows.values_list("person__mail", "state", "role"))


def people_matching(customer_id: int, text: str, limit: int) -> list[User]:
    """Give some of a customer's people whose name or mail holds ``text``, inside the scope."""
    named = Q(person__name__icontains=text) | Q(person__mail__icontains=text) | Q(invited_name__icontains=text)
    rows = Membership.objects.select_related("person").filter(named, customer_id=customer_id)
    return [row.person for row in rows.order_by("pk")[:limit]]


def member_of(customer_id: int, ref: str) -> Membership | None:
    """Find one of a customer's people, inside the scope."""
    rows = Membership.objects.select_related("person", "customer__security")
    return rows.filter(customer_id=customer_id, ref=ref).first()


def membership_by_mail_across_customers(customer_id: int, mail: str) -> Membership | None:
    """Find one of a customer's people by mail address, whoever asks."""
    with scopes_disabled():
        return Membership.objects.filter(customer_id=customer_id, person__mail=mail.strip().lower()).first()


def open_offers_to_across_customers(person_id: int) -> list[OwnershipOffer]:
    """Give the offers that a person can accept now, with the customers whose owner made them."""
    with scopes_disabled():
        rows = OwnershipOffer.objects.select_related("customer").filter(
            successor__person_id=person_id, successor__state=MembershipState.ACTIVE, ends_at__gt=clock.now()
        )
        return list(rows.order_by("customer__name", "pk"))


def open_ownership_offer(customer_id: int) -> OwnershipOffer | None:
    """Give the offer of a customer's owner that can be accepted now, inside the scope."""
    rows = OwnershipOffer.objects.select_related("successor__person", "customer")
    return rows.filter(customer_id=customer_id, ends_at__gt=clock.now()).first()


def open_recovery_of(customer_id: int) -> OwnerRecovery | None:
    """Give what staff propose about a customer's owner and can be confirmed now, inside the scope."""
    rows = OwnerRecovery.objects.select_related("successor__person", "customer", "proposed_by")
    return rows.filter(customer_id=customer_id, ends_at__gt=clock.now()).first()


def recoveries_across_customers() -> QuerySet[OwnerRecovery]:
    """Give what waits for a second person of the staff, the oldest first."""
    with scopes_disabled():
        rows = OwnerRecovery.objects.select_related("successor__person", "customer", "proposed_by")
        return rows.filter(ends_at__gt=clock.now()).order_by("proposed_at", "pk")


def count_recoveries_across_customers(*, without: int) -> int:
    """Count what waits for somebody else than the proposer, who is the person ``without``."""
    with scopes_disabled():
        return OwnerRecovery.objects.filter(ends_at__gt=clock.now()).exclude(proposed_by_id=without).count()


def possible_successors(customer_id: int) -> list[Membership]:
    """Give a customer's people who could become the owner now, by name, inside the scope."""
    rows = members_of(customer_id).filter(state=MembershipState.ACTIVE, person__is_active=True)
    return list(rows.exclude(role=Role.OWNER))
