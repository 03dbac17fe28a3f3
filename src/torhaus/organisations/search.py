"""Find customers by how their name, number or a contact's mail begins, at any number of customers.

Only prefixes are looked up, because those an index answers: a name or mail in any case by the
expression indexes of migration 0002, a number as typed or in capitals.
"""

from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Lower
from django_scopes import scopes_disabled

from torhaus.organisations.models import Address, Contact, Customer

M = TypeVar("M", bound=Model)
LAST_CHARACTER = "\U0010ffff"
FOUND_AT_MOST = 1000


def customer_across_customers(ref: str) -> Customer | None:
    """Find a customer by reference."""
    with scopes_disabled():
        return Customer.objects.filter(ref=ref).first()


def customer_by_number_across_customers(number: str) -> Customer | None:
    """Find a customer by its whole number."""
    with scopes_disabled():
        return Customer.objects.filter(number=number).first()


def begins_with(field: str, text: str) -> Q:
    """Give the condition that ``field`` begins with ``text``, in the form each database has an index for."""
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": text})
    # SQLite compares bytes, and its LIKE ignores case and therefore the index; a range uses it.
    return Q(**{f"{field}__gte": text, f"{field}__lt": text + LAST_CHARACTER})


def number_begins_with(text: str) -> Q:
    """Give the condition that a ``number`` begins with ``text``, as typed or in capitals."""
    return begins_with("number", text) | begins_with("number", text.upper())


def _folded(rows: QuerySet[M], field: str, text: str) -> QuerySet[M]:
    # SQLite's LOWER knows the letters of ASCII only: it leaves the Ä of "Ärztehaus" and makes "Öko" of "ÖKO".
    alike = [begins_with("folded", form) for form in dict.fromkeys([text.lower(), *map(_ascii_lower, spellings(text))])]
    found: QuerySet[M] = rows.annotate(folded=Lower(field)).filter(Q(*alike, _connector=Q.OR))
    return found


def spellings(text: str) -> list[str]:
    """Give how ``text`` may be written, for databases that do not know that Ä and ä are one letter."""
    return [text] if text.isascii() else list(dict.fromkeys([text, text.lower(), text.upper(), text.title()]))


def _ascii_lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def customer_ids_across_customers(text: str) -> set[int]:
    """Give the ids of customers whose number, name or contact mail begins with ``text``, FOUND_AT_MOST each."""
    with scopes_disabled():
        by_number = Customer.objects.filter(number_begins_with(text)).values_list("pk", flat=True)
        by_name = _folded(Customer.objects.all(), "name", text).values_list("pk", flat=True)
        by_mail = _folded(Contact.objects.all(), "mail", text).values_list("customer_id", flat=True)
        found: set[int] = set()
        for rows in (by_number, by_name, by_mail):
            found.update(rows[:FOUND_AT_MOST])
    return found


def customer_ids_by_part_of_name_across_customers(text: str) -> set[int]:
    """Give the ids of customers with ``text`` anywhere in the name: reads every name, so only when asked for."""
    with scopes_disabled():
        alike = Q(*(Q(name__icontains=form) for form in spellings(text)), _connector=Q.OR)
        return set(Customer.objects.filter(alike).values_list("pk", flat=True)[:FOUND_AT_MOST])


def customers_across_customers(ids: set[int] | None, order: str) -> QuerySet[Customer]:
    """Give customers (all for None) by ``order``, to be read within a scope or with scopes disabled."""
    with scopes_disabled():
        rows = Customer.objects.all() if ids is None else Customer.objects.filter(pk__in=ids)
        return rows.order_by(order, "pk")


def addresses_and_contacts_of(customer_id: int) -> tuple[list[Address], list[Contact]]:
    """Give a customer's addresses by kind and its contacts as they came, inside the scope, in one query."""
    where = ("kind", "recipient", "extra", "street", "postal_code", "city", "country")
    who = ("role", "name", "mail", "phone", "language")
    nothing: Any = {"_a": Value(""), "_b": Value("")}
    addresses: Any = Address.objects.filter(customer_id=customer_id).annotate(_which=Value(0))
    contacts: Any = Contact.objects.filter(customer_id=customer_id).annotate(_which=Value(1), **nothing)
    found: tuple[list[Address], list[Contact]] = ([], [])
    rows = addresses.values_list("_which", "pk", *where).union(
        contacts.values_list("_which", "pk", *who, *nothing), all=True
    )
    for which, pk, *said in sorted(rows, key=lambda row: (row[0], row[1] if row[0] else row[2])):
        if which:
            found[1].append(Contact(pk=pk, customer_id=customer_id, **dict(zip(who, said, strict=False))))
        else:
            found[0].append(Address(pk=pk, customer_id=customer_id, **dict(zip(where, said, strict=True))))
    return found


def contacts_of(customer_id: int) -> list[Contact]:
    """Give a customer's contacts, inside the scope."""
    return list(Contact.objects.filter(customer_id=customer_id).order_by("pk"))
