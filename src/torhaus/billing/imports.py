"""Bulk writes and their reads for the import: billing accounts, invoices and their lines, whosever they are.

Callers switch the tenant scope off: a vendor's file is about all customers.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from torhaus.billing.models import BillingAccount, Invoice, InvoiceLine
from torhaus.organisations.imports import customer_ids_across_customers
from torhaus.records.deeds import part

Values = dict[str, Any]
DAYS = ("issued_on", "due_on", "paid_on")
INVOICE = (
    "number",
    "origin",
    "customer_hint",
    "state",
    "currency",
    "net_cents",
    "vat_cents",
    "gross_cents",
    "document_key",
    "document_bytes",
    *DAYS,
)
DECIMALS = ("quantity", "unit_price", "vat_rate")
LINE = ("position", "text", "unit", "net_cents", *DECIMALS)


def invoice_ids_across_customers(numbers: Sequence[str]) -> dict[str, int]:
    """Give the primary keys of invoices by number."""
    return dict(Invoice.objects.filter(number__in=numbers).values_list("number", "pk"))


def currencies_of_invoices_across_customers(numbers: Sequence[str]) -> dict[str, str]:
    """Give the currencies of invoices by number."""
    return dict(Invoice.objects.filter(number__in=numbers).values_list("number", "currency"))


def stored_accounts_across_customers(customers: Sequence[str]) -> dict[str, Values]:
    """Give how some customers are billed, by number of the customer."""
    names = ("customer__number", "payment_method", "invoice_format", "mail")
    rows = BillingAccount.objects.filter(customer__number__in=customers).values_list(*names)
    return {
        customer: {"payment_method": method, "invoice_format": form, "invoice_mail": mail}
        for customer, method, form, mail in rows
    }


def stored_invoices_across_customers(numbers: Sequence[str]) -> dict[str, Values]:
    """Give invoices by number; ``customer`` is the customer's number, or None."""
    rows = Invoice.objects.filter(number__in=numbers).values("customer__number", *INVOICE)
    return {
        row["number"]: {
            "customer": row["customer__number"],
            **{name: row[name] for name in INVOICE},
            **{name: row[name].isoformat() if row[name] else None for name in DAYS},
        }
        for row in rows
    }


def stored_invoice_lines_across_customers(invoices: Sequence[str]) -> dict[tuple[str, int], Values]:
    """Give the lines of some invoices by invoice and position."""
    rows = InvoiceLine.objects.filter(invoice__number__in=invoices).values("invoice__number", *LINE)
    return {
        (row["invoice__number"], row["position"]): {
            "invoice": row["invoice__number"],
            **{name: row[name] for name in LINE},
            **{name: plain(row[name]) for name in DECIMALS},
        }
        for row in rows
    }


def plain(number: Decimal) -> str:
    """Give a number without zeros at its end, so that 1.50 and 1.5 compare equal."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@part
def put_accounts(*, rows: Sequence[Values]) -> None:
    """Write how customers are billed, new and changed."""
    ids = customer_ids_across_customers([row["number"] for row in rows])
    BillingAccount.objects.bulk_create(
        [
            BillingAccount(
                customer_id=ids[row["number"]],
                payment_method=row["payment_method"],
                invoice_format=row["invoice_format"],
                mail=row["invoice_mail"],
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["payment_method", "invoice_format", "mail"],
    )


@part
def put_invoices(*, rows: Sequence[Values]) -> None:
    """Write invoices, new and changed; those without a customer wait on the staff's work list."""
    ids = customer_ids_across_customers([row["customer"] for row in rows if row["customer"]])
    Invoice.objects.bulk_create(
        [
            Invoice(
                customer_id=ids[row["customer"]] if row["customer"] else None,
                **{name: row[name] for name in INVOICE},
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=["customer", *INVOICE[1:]],
    )


@part
def put_invoice_lines(*, rows: Sequence[Values]) -> None:
    """Write lines of invoices, new and changed."""
    ids = invoice_ids_across_customers([row["invoice"] for row in rows])
    InvoiceLine.objects.bulk_create(
        [InvoiceLine(invoice_id=ids[row["invoice"]], **{name: row[name] for name in LINE}) for row in rows],
        update_conflicts=True,
        unique_fields=["invoice", "position"],
        update_fields=list(LINE[1:]),
    )
