"""Who may add a passkey where passkeys alone let people in: by a link that such a customer gave, once, for a day.

Else a password, or a code by mail, would make the key to a door that neither opens. The link comes with an invitation
that was accepted, or by mail from the customer's administrators; with it one signs in as ever and adds the passkey.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from datetime import timedelta

from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.accounts.second_factors import people_with_passkeys
from torhaus.core import clock
from torhaus.core.link_codes import same_code
from torhaus.core.random import new_ref
from torhaus.organisations.models import Membership, MembershipState
from torhaus.organisations.rules import CODE, PASSKEY, PASSWORD, allows
from torhaus.organisations.security import security_of
from torhaus.records.deeds import part

LIVES = timedelta(days=1)


class PasskeyNotPermitted(Exception):
    """These customers (names) let nobody in by what the session was begun by, and permit no passkey by it."""

    def __init__(self, customers: Collection[str]) -> None:
        super().__init__(", ".join(customers))
        self.customers = sorted(customers)


def by_passkey_only(row: Membership) -> bool:
    """Whether the customer lets nobody in by password or code, but by passkey."""
    rules = security_of(row.customer)
    return allows(rules, {PASSKEY}) and not allows(rules, {PASSWORD, CODE})


@part
def give_passkey_link(row: Membership) -> bool:
    """Give a locked member a link if passkeys alone let them in and they have none; whether they were given one.

    The caller saves the row.
    """
    if not by_passkey_only(row) or people_with_passkeys([row.person_id]):
        return False
    renew_passkey_link(row)
    return True


@part
def renew_passkey_link(row: Membership) -> None:
    """Give a locked member a link; the one before works no more. The caller saves the row."""
    row.passkey_link, row.passkey_link_ends_at = new_ref(), clock.now() + LIVES


def passkey_link_for_code(ref: str, code: str) -> Membership | None:
    """Find the member whose working link has this code; an unknown one costs the same as a wrong code."""
    found = open_passkey_links_across_customers([ref]) if ref else []
    return found[0] if same_code(ref, code) and found else None


def open_passkey_links_across_customers(refs: Collection[str]) -> list[Membership]:
    """Give the members whose links work now, of those in ``refs``."""
    with scopes_disabled():
        rows = Membership.objects.select_related("customer", "person").filter(
            passkey_link__in=[ref for ref in refs if ref],
            passkey_link_ends_at__gt=clock.now(),
            state=MembershipState.ACTIVE,
            person__is_active=True,
        )
        return list(rows)


def passkey_refused_by_across_customers(person: User, methods: AbstractSet[str], links: Collection[str]) -> list[str]:
    """Name the customers that permit no passkey to a person who came in by ``methods`` and followed ``links``."""
    with scopes_disabled():
        rows = Membership.objects.select_related("customer__security").filter(person=person)
        return [row.customer.name for row in rows.order_by("pk") if _refuses(row, methods, links)]


@part
def use_passkey_links(*, person: User, methods: AbstractSet[str], links: Collection[str]) -> None:
    """Use up the links by which a person adds a passkey who came in by ``methods``.

    Raises:
        PasskeyNotPermitted: a customer permits none.
    """
    with scopes_disabled():
        rows = Membership.objects.select_for_update(of=("self",)).select_related("customer__security")
        found = list(rows.filter(person=person).order_by("pk"))
        if refusing := [row.customer.name for row in found if _refuses(row, methods, links)]:
            raise PasskeyNotPermitted(refusing)
        for row in found:
            if row.passkey_link:
                row.passkey_link, row.passkey_link_ends_at = "", None
                row.save(update_fields=["passkey_link", "passkey_link_ends_at"])


def _refuses(row: Membership, methods: AbstractSet[str], links: Collection[str]) -> bool:
    rules = security_of(row.customer)
    if row.state != MembershipState.ACTIVE or PASSKEY not in rules.methods or allows(rules, methods):
        return False
    ends_at = row.passkey_link_ends_at
    return not (row.passkey_link and row.passkey_link in links and ends_at is not None and ends_at > clock.now())
