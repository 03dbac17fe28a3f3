"""Bulk writes and their reads for the import: customers, addresses, contacts, whosever they are.

Callers switch the tenant scope off: a vendor's file is about all customers.
"""

from collections.abc import Sequence
from typing import Any

from torhaus.organisations.models import Address, Contact, Customer
from torhaus.records.deeds import part

Values = dict[str, Any]
CUSTOMER = ("number", "name", "language", "vat_id")
ADDRESS = ("kind", "recipient", "extra", "street", "postal_code", "city", "country")
CONTACT = ("role", "name", "mail", "phone", "language")


def customer_ids_across_customers(numbers: Sequence[str]) -> dict[str, int]:
    """Give the primary keys of customers by number."""
    return dict(Customer.objects.filter(number__in=numbers).values_list("number", "pk"))


def customer_refs_across_customers(numbers: Sequence[str]) -> dict[str, str]:
    """Give the references of customers by number."""
    return dict(Customer.objects.filter(number__in=numbers).values_list("number", "ref"))


def stored_customers_across_customers(numbers: Sequence[str]) -> dict[str, Values]:
    """Give customers by number."""
    return {row["number"]: row for row in Customer.objects.filter(number__in=numbers).values(*CUSTOMER)}


def stored_addresses_across_customers(customers: Sequence[str]) -> dict[tuple[str, str], Values]:
    """Give the addresses of some customers by customer and kind."""
    rows = Address.objects.filter(customer__number__in=customers).values("customer__number", *ADDRESS)
    return {(row["customer__number"], row["kind"]): _named(row) for row in rows}


def stored_contacts_across_customers(customers: Sequence[str]) -> dict[tuple[str, str, str], Values]:
    """Give the contacts of some customers by customer, role and mail."""
    rows = Contact.objects.filter(customer__number__in=customers).values("customer__number", *CONTACT)
    return {(row["customer__number"], row["role"], row["mail"]): _named(row) for row in rows}


def _named(row: Any) -> Values:
    values: Values = dict(row)
    return {"customer": values.pop("customer__number"), **values}


@part
def put_customers(*, rows: Sequence[Values]) -> None:
    """Write customers, new and changed."""
    Customer.objects.bulk_create(
        [Customer(**{name: row[name] for name in CUSTOMER}) for row in rows],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=list(CUSTOMER[1:]),
    )


@part
def put_addresses(*, rows: Sequence[Values]) -> None:
    """Write addresses, new and changed."""
    ids = customer_ids_across_customers([row["customer"] for row in rows])
    Address.objects.bulk_create(
        [Address(customer_id=ids[row["customer"]], **{name: row[name] for name in ADDRESS}) for row in rows],
        update_conflicts=True,
        unique_fields=["customer", "kind"],
        update_fields=list(ADDRESS[1:]),
    )


@part
def put_contacts(*, rows: Sequence[Values]) -> None:
    """Write contacts, new and changed."""
    ids = customer_ids_across_customers([row["customer"] for row in rows])
    Contact.objects.bulk_create(
        [Contact(customer_id=ids[row["customer"]], **{name: row[name] for name in CONTACT}) for row in rows],
        update_conflicts=True,
        unique_fields=["customer", "role", "mail"],
        update_fields=["name", "phone", "language"],
    )
