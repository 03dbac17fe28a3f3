"""A customer's security: what it asks of whoever signs in for it, and the deed ``change_company_security``."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.accounts.second_factors import people_with_passkeys
from torhaus.organisations.models import CompanySecurity, Customer, Membership, MembershipState, Role
from torhaus.organisations.rules import CODE, METHODS, PASSKEY, PASSWORD, SecurityRules, allows, faults_of
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record


class UnfitRules(Exception):
    """The rules make no sense: nobody's roles, a day that is over, limits out of bounds, no way to sign in."""


class ChangedMeanwhile(Exception):
    """Somebody changed the rules since they were shown."""


class LocksYouOut(Exception):
    """Whoever changes the rules did not sign in by any way that they leave."""


class LocksOwnerOut(Exception):
    """The owner of the account has no way to sign in under these rules (B90)."""


def security_of(customer: Customer) -> SecurityRules:
    """Give what a customer asks. Read with ``security`` joined it costs no query; nothing else is asked by default."""
    row = getattr(customer, "security", None)
    return rules_in(row) if row is not None else SecurityRules()


def rules_in(row: CompanySecurity) -> SecurityRules:
    """Give the rules that a row holds."""
    return SecurityRules(
        factor_for=row.factor_for,
        factor_roles=frozenset(row.factor_roles),
        factor_from=row.factor_from,
        idle_minutes=row.idle_minutes,
        session_hours=row.session_hours,
        methods=frozenset(method for method in METHODS if getattr(row, f"by_{method}")),
        version=row.version,
    )


def rules_for_person_across_customers(person_id: int) -> list[tuple[str, SecurityRules]]:
    """Give the roles a person can come in by, each with what its customer asks."""
    with scopes_disabled():
        rows = Membership.objects.select_related("customer__security")
        found = rows.filter(person_id=person_id, state=MembershipState.ACTIVE)
        return [(row.role, security_of(row.customer)) for row in found]


def people_without_passkey(customer_id: int) -> tuple[int, int]:
    """Give how many of a customer's active people have no passkey, and how many there are, inside the scope."""
    active = Membership.objects.filter(customer_id=customer_id, state=MembershipState.ACTIVE, person__is_active=True)
    people = set(active.values_list("person_id", flat=True))
    return len(people - people_with_passkeys(people)), len(people)


@deed("change_company_security")
def change_company_security(
    *, customer_id: int, rules: SecurityRules, proved: Iterable[str], today: date, by: Actor
) -> SecurityRules:
    """Set what the customer in scope asks of sign-ins; it acts at everybody's next request.

    ``rules.version`` is the one that was shown, ``proved`` is how whoever changes them signed in.

    Raises:
        UnfitRules: they make no sense.
        ChangedMeanwhile: another version is in force by now.
        LocksYouOut: they would refuse the very session they are changed in.
        LocksOwnerOut: they would refuse the owner.
    """
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    row = CompanySecurity.objects.filter(customer=customer).first() or CompanySecurity(customer=customer)
    before = rules_in(row)
    if replace(rules, version=before.version) == before:
        nothing_done()
        return before
    if rules.version != before.version:
        raise ChangedMeanwhile
    past = rules.factor_from is not None and rules.factor_from < today and rules.factor_from != before.factor_from
    if past or faults_of(rules, set(Role.values)):
        raise UnfitRules
    _require_way_in(customer, rules, frozenset(proved))
    after = replace(rules, version=before.version + 1)
    _put(row, after)
    old, new = _said(before), _said(after)
    changed = [name for name in new if old[name] != new[name]]
    write_record(
        by=by,
        customer_ref=customer.ref,
        subject=("customer", customer.ref),
        before={name: old[name] for name in changed},
        after={name: new[name] for name in changed},
    )
    return after


@part
def let_owner_in(*, customer: Customer, owner: Membership) -> bool:
    """Allow every way to sign in again, if ``owner`` has none of those that are allowed; give whether that was needed.

    Who has not come in yet will have a password, and codes by mail.
    """
    row = CompanySecurity.objects.select_for_update().filter(customer=customer).first()
    ways = ways_of(owner.person) or frozenset({PASSWORD, CODE})
    if row is None or allows(rules_in(row), ways):
        return False
    before = rules_in(row)
    _put(row, replace(before, methods=frozenset(METHODS), version=before.version + 1))
    return True


@deed("let_owner_in")
def let_owners_in_across_customers(*, person: User, by: Actor) -> int:
    """Allow every way to sign in again for customers whose owner is ``person`` and has no allowed one left. Give how many."""
    opened = 0
    with scopes_disabled():
        owned = Membership.objects.filter(person=person, role=Role.OWNER).order_by("customer_id")
        for customer_id in owned.values_list("customer_id", flat=True):
            customer = Customer.objects.select_for_update().get(pk=customer_id)
            owner = Membership.objects.select_related("person").get(customer=customer, role=Role.OWNER)
            opened += let_owner_in(customer=customer, owner=owner)
    if not opened:
        nothing_done()
        return 0
    write_record(by=by, customer_ref="", subject=("user", person.ref), after={"customers": opened})
    return opened


def _require_way_in(customer: Customer, rules: SecurityRules, proved: frozenset[str]) -> None:
    if not allows(rules, proved):
        raise LocksYouOut
    owner = Membership.objects.select_related("person").filter(
        customer=customer, role=Role.OWNER, state=MembershipState.ACTIVE
    )
    found = owner.first()
    if found is not None and not allows(rules, ways_of(found.person)):
        raise LocksOwnerOut


def ways_of(person: User) -> frozenset[str]:
    """Give the ways by which a person could sign in today."""
    came_in = person.has_usable_password()
    ways = {PASSWORD: came_in, CODE: came_in, PASSKEY: bool(people_with_passkeys([person.pk]))}
    return frozenset(way for way, there in ways.items() if there)


def _put(row: CompanySecurity, rules: SecurityRules) -> None:
    row.factor_for, row.factor_roles = rules.factor_for, sorted(rules.factor_roles)
    row.factor_from, row.version = rules.factor_from, rules.version
    row.idle_minutes, row.session_hours = rules.idle_minutes, rules.session_hours
    for method in METHODS:
        setattr(row, f"by_{method}", method in rules.methods)
    row.save()


def _said(rules: SecurityRules) -> dict[str, Any]:
    """Give the rules as the record puts them."""
    return {
        "factor_for": rules.factor_for,
        "factor_roles": sorted(rules.factor_roles),
        "factor_from": rules.factor_from.isoformat() if rules.factor_from else None,
        "idle_minutes": rules.idle_minutes,
        "session_hours": rules.session_hours,
        "methods": sorted(rules.methods),
    }
