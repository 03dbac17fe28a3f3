"""Invoices as staff look them up: a customer's newest, and those that wait for a customer."""

from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled

from torhaus.billing.models import BillingAccount, Invoice
from torhaus.organisations.search import begins_with


def newest_invoices(customer_id: int, limit: int) -> list[Invoice]:
    """Give a customer's newest invoices, inside the scope."""
    return list(Invoice.objects.filter(customer_id=customer_id).order_by("-issued_on", "-pk")[:limit])


def billing_account_of(customer_id: int) -> BillingAccount | None:
    """Give how a customer is billed, inside the scope."""
    return BillingAccount.objects.filter(customer_id=customer_id).first()


def unmatched_invoices_across_customers(text: str, order: str) -> QuerySet[Invoice]:
    """Give invoices without a customer whose number, hint or contract begins with ``text``, by ``order``."""
    with scopes_disabled():
        rows = Invoice.objects.filter(customer__isnull=True)
        if text:
            alike = Q(customer_hint__istartswith=text) | Q(origin__istartswith=text)
            rows = rows.filter(alike | begins_with("number", text) | begins_with("number", text.upper()))
        return rows.order_by(order, "pk")


def count_unmatched_across_customers() -> int:
    """Give how many invoices wait for a customer."""
    with scopes_disabled():
        return Invoice.objects.filter(customer__isnull=True).count()


def invoice_across_customers(ref: str) -> Invoice | None:
    """Find an invoice by reference, with its customer if it has one."""
    with scopes_disabled():
        return Invoice.objects.select_related("customer").filter(ref=ref).first()
