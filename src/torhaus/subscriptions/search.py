"""Contracts as staff look them up: whose number begins so, what stands on a line, what ends soon."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q
from django_scopes import scopes_disabled

from torhaus.organisations.models import Customer
from torhaus.organisations.search import (
    FOUND_AT_MOST,
    customer_by_number_across_customers,
    customer_ids_across_customers,
    customers_across_customers,
    number_begins_with,
)
from torhaus.subscriptions.models import Booking, Contract


def contracts_of(customer_id: int) -> list[Contract]:
    """Give a customer's contracts, newest first, inside the scope."""
    rows = Contract.objects.filter(customer_id=customer_id).select_related("product")
    return list(rows.order_by("-starts_on", "-pk"))


def newest_by_line(bookings: Sequence[Booking]) -> dict[str, Booking]:
    """Give the newest booking of every line, by line."""
    newest = {booking.line: booking for booking in sorted(bookings, key=lambda booking: booking.pk)}
    return dict(sorted(newest.items()))


def standing_across_customers(contract: Contract, line: str) -> Booking | None:
    """Give the newest booking of a line, or None for a new line."""
    with scopes_disabled():
        rows = Booking.objects.filter(contract=contract, line=line).select_related("item")
        return rows.order_by("-pk").first()


def find_customer_ids_across_customers(text: str) -> set[int]:
    """Give the ids of customers whose number, name, contact mail or contract number begins with ``text``."""
    with scopes_disabled():
        by_contract = Contract.objects.filter(number_begins_with(text)).values_list("customer_id", flat=True)
        return customer_ids_across_customers(text) | set(by_contract[:FOUND_AT_MOST])


def suggest_customers_across_customers(*, origin: str, hint: str) -> list[Customer]:
    """Give whom an invoice may belong to, likeliest first.

    The customer of the contract it names, then the one whose number the hint is,
    then those whose name, number or mail begins like the hint.
    """
    found: dict[int, Customer] = {}
    with scopes_disabled():
        named = Contract.objects.select_related("customer").filter(number__in={origin, hint} - {""})
        found.update((contract.customer_id, contract.customer) for contract in named)
        # An invoice may say "10482 Nordwind": the whole, then the number, then the name.
        number, _blank, name = hint.partition(" ")
        for text in dict.fromkeys(part.strip() for part in (hint, number, name) if part.strip()):
            exact = customer_by_number_across_customers(text)
            alike = customers_across_customers(customer_ids_across_customers(text), "name")[:5]
            for customer in [exact, *alike] if exact else alike:
                found.setdefault(customer.pk, customer)
    return list(found.values())[:5]


def ending_contracts_across_customers(*, today: date, until: date) -> list[Contract]:
    """Give contracts whose last day lies between ``today`` and ``until`` and that do not renew, earliest first."""
    ends = Q(auto_renews=False, ends_on__range=(today, until)) | Q(cancelled_to__range=(today, until))
    with scopes_disabled():
        rows = Contract.objects.filter(ends).select_related("customer")
        return list(rows.order_by("ends_on", "pk")[:20])
