"""Whom an erasure is about: an account, if there is one, and all that bears the same mail address."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.accounts.queries import person_with_mail
from torhaus.notices.forget_recipient import Mentioned
from torhaus.organisations.models import Contact, Customer, Membership, MembershipState, Role
from torhaus.records.personal import Whose
from torhaus.seats.forget_holder import seats_held_across_customers
from torhaus.seats.models import Seat
from torhaus.support.forget_author import tickets_of_across_customers, written_across_customers


@dataclass(frozen=True)
class Person:
    """Somebody by mail address (in small letters), with the account if there is one.

    ``customers`` are the names of those they have to do with, by reference; ``names`` what they are called there.
    ``telling`` are those of the names that are nobody else's there and of more than one word: only by these a person
    is looked for in running text. ``owned`` are the customers whose owner they are.
    """

    mail: str
    user: User | None
    customers: dict[str, str] = field(default_factory=dict)
    memberships: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()
    owned: tuple[str, ...] = ()

    @property
    def whose(self) -> Whose:
        """By what the person is found among the personal values of records."""
        subjects = [("membership", ref) for ref in self.memberships]
        if self.user:
            subjects += [("user", self.user.ref), ("person", self.user.ref)]
        return Whose(
            mail=self.mail,
            actor_ref=self.user.ref if self.user else "",
            subjects=subjects,
            names=self.telling,
            customer_refs=frozenset(self.customers),
        )

    @property
    def mentioned(self) -> Mentioned:
        """By what the person is found in mails to others."""
        return Mentioned(self.mail, self.telling, self.customers)


def person_across_customers(mail: str) -> Person:
    """Give whom an address stands for, from everything that bears it."""
    mail = mail.strip().lower()
    user = person_with_mail(mail)
    with scopes_disabled():
        members = list(Membership.objects.filter(person=user).select_related("customer")) if user else []
        found = [(one.customer_id, one.customer.ref, one.customer.name, one.invited_name) for one in members]
        found += _elsewhere(mail, user)
        names = frozenset(
            name.strip() for name in (user.name if user else "", *(row[3] for row in found)) if name.strip()
        )
        return Person(
            mail=mail,
            user=user,
            customers={ref: name for _, ref, name, _ in found},
            memberships=frozenset(one.ref for one in members),
            names=names,
            telling=_telling(names, mail, {row[0] for row in found}),
            owned=tuple(sorted(one.customer.name for one in members if _owns(one))),
        )


def _owns(one: Membership) -> bool:
    return one.role == Role.OWNER and one.state != MembershipState.INITIATED


def _elsewhere(mail: str, user: User | None) -> list[tuple[int, str, str, str]]:
    """Give key, reference and name of each customer in whose data the address stands, with the name beside it."""
    rows = [
        _columns(Contact.objects.filter(mail__iexact=mail), "customer", "name"),
        _columns(seats_held_across_customers(mail), "contract__customer", "name"),
        _columns(written_across_customers(mail, user), "ticket__contract__customer", "author_name"),
        _columns(tickets_of_across_customers(mail), "contract__customer", ""),
    ]
    return list(rows[0].union(*rows[1:]))


def _columns(rows: QuerySet[Any], customer: str, name: str) -> QuerySet[Any]:
    called = Cast(F(name), TextField()) if name else Cast(Value(""), TextField())
    return rows.order_by().values_list(f"{customer}__pk", f"{customer}__ref", f"{customer}__name", called)


def _telling(names: frozenset[str], mail: str, customers: set[int]) -> frozenset[str]:
    """Give the names by which nobody else of these customers, and no customer, is called."""
    long = {name for name in names if len(name.split()) > 1}
    if not long:
        return frozenset()
    people = Membership.objects.filter(customer__in=customers).exclude(person__mail=mail)
    contacts = Contact.objects.filter(customer__in=customers, name__in=long).exclude(mail__iexact=mail)
    seats = Seat.objects.filter(contract__customer__in=customers, name__in=long).exclude(mail=mail)
    taken = [
        people.filter(person__name__in=long).values_list("person__name"),
        people.filter(invited_name__in=long).values_list("invited_name"),
        contacts.values_list("name"),
        seats.values_list("name"),
        Customer.objects.filter(name__in=long).values_list("name"),
    ]
    return frozenset(long) - {name for (name,) in taken[0].union(*taken[1:])}
