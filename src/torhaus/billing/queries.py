"""Reads of invoices and billing accounts, inside the tenant scope.

A contract sees the invoices that bill it (``origin`` is its number) and those of the
customer that name no contract; never those of the customer's other contracts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import RowNumber
from django_scopes import scopes_disabled

from torhaus.billing.models import BillingAccount, Invoice, InvoiceLine, InvoiceState
from torhaus.billing.rules import Shown

SORTS = ("number", "issued", "due", "amount", "status")
DEFAULT_SORT = "-issued"
UNPAID = "unpaid"


@dataclass(frozen=True)
class InvoiceFilter:
    """Which invoices are wanted. ``status`` is one of Shown or "unpaid"; empty means any."""

    status: str = ""
    year: int | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.status or self.year or self.text)


@dataclass(frozen=True)
class Unpaid:
    """The unpaid invoices of one currency: how many, how many of them overdue, and what they come to."""

    currency: str
    count: int
    overdue: int
    gross_cents: int


def invoices_of(contract_number: str) -> QuerySet[Invoice]:
    """Give the invoices that a contract's viewer sees."""
    return Invoice.objects.filter(origin__in=("", contract_number))


def invoice_of(contract_number: str, ref: str) -> Invoice | None:
    """Find one invoice that a contract's viewer sees."""
    return invoices_of(contract_number).filter(ref=ref).first()


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """Give an invoice's positions in order."""
    return list(InvoiceLine.objects.filter(invoice=invoice).order_by("position"))


def billing_account() -> BillingAccount | None:
    """Give how the customer of the scope is billed."""
    return BillingAccount.objects.first()


def first_year(contract_number: str) -> int | None:
    """Give the year of the oldest invoice, read from the index alone; None if there is none at all."""
    oldest = invoices_of(contract_number).order_by("issued_on").values_list("issued_on", flat=True).first()
    return oldest.year if oldest else None


def filtered(contract_number: str, wanted: InvoiceFilter, today: date) -> QuerySet[Invoice]:
    """Give the invoices that ``wanted`` describes, in no order."""
    found = invoices_of(contract_number)
    if wanted.status:
        found = found.filter(_status(wanted.status, today))
    if wanted.year:
        found = found.filter(issued_on__year=wanted.year)
    if wanted.text:
        lines = InvoiceLine.objects.filter(invoice=OuterRef("pk"), text__icontains=wanted.text)
        found = found.filter(Q(number__icontains=wanted.text) | Exists(lines))
    return found


def _status(status: str, today: date) -> Q:
    past = Q(due_on__lt=today)
    if status == Shown.OVERDUE:
        return Q(state=InvoiceState.OPEN) & past
    if status == Shown.OPEN:
        return Q(state=InvoiceState.OPEN) & (Q(due_on__isnull=True) | Q(due_on__gte=today))
    return Q(state=InvoiceState.OPEN) if status == UNPAID else Q(state=status)


def in_order(found: QuerySet[Invoice], sort: str, today: date) -> QuerySet[Invoice]:
    """Order by one of SORTS, turned round by a leading "-"; no due date comes last either way."""
    backwards = sort.startswith("-")
    column = sort.removeprefix("-")
    if column == "status":
        found = found.annotate(urgency=_urgency(today))
    field = {"number": "number", "due": "due_on", "amount": "gross_cents", "status": "urgency"}.get(column, "issued_on")
    if column == "due":
        by = F(field).desc(nulls_last=True) if backwards else F(field).asc(nulls_last=True)
    else:
        by = F(field).desc() if backwards else F(field).asc()
    return found.order_by(by, "-pk" if backwards else "pk")


def _urgency(today: date) -> Case:
    """Rank what has to be done first: overdue, open, then what is settled."""
    return Case(
        When(state=InvoiceState.OPEN, due_on__lt=today, then=Value(0)),
        When(state=InvoiceState.OPEN, then=Value(1)),
        When(state=InvoiceState.PAID, then=Value(2)),
        When(state=InvoiceState.CREDITED, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )


def rows_of_page(found: QuerySet[Invoice], sort: str, today: date, *, offset: int, limit: int) -> list[Invoice]:
    """Give one page in order. Its keys are found in the index first, so that skipped rows are never loaded.

    Two queries on purpose: as one, SQLite walks all of the customer's invoices to spare itself a sort of 25.
    """
    keys = list(in_order(found, sort, today).values_list("pk", "customer_id")[offset : offset + limit])
    rows = invoices_by_key_across_customers([key for key, _ in keys])
    # The scope was kept when the keys were found, and is looked at again.
    return [rows[key] for key, owner in keys if key in rows and rows[key].customer_id == owner]


def invoices_by_key_across_customers(keys: list[int]) -> dict[int, Invoice]:
    """Load invoices by primary keys, whosever they are; the keys come from a query that kept the scope.

    With the customer beside the keys, PostgreSQL's generic plan would walk all of the customer's invoices.
    """
    with scopes_disabled():
        return Invoice.objects.in_bulk(keys)


def each(ordered: QuerySet[Invoice]) -> Iterator[Invoice]:
    """Give the invoices one by one in constant memory."""
    return ordered.iterator(chunk_size=2000)


def unpaid_invoices(contract_number: str, today: date, limit: int = 5) -> tuple[list[Unpaid], list[Invoice]]:
    """Give what is unpaid by currency, and the ``limit`` invoices that are due first (B11).

    One query: the sums of a currency come along with each of its first invoices.
    """
    first = (F("due_on").asc(nulls_last=True), F("pk").asc())
    found = invoices_of(contract_number).filter(state=InvoiceState.OPEN)
    rows = found.annotate(
        together=Window(Count("pk"), partition_by="currency"),
        overdue=Window(Count("pk", filter=Q(due_on__lt=today)), partition_by="currency"),
        owed=Window(Sum("gross_cents"), partition_by="currency"),
        place=Window(RowNumber(), partition_by="currency", order_by=first),
    ).filter(place__lte=limit)
    known = list(rows.order_by(*first))
    sums = {one.currency: Unpaid(one.currency, one.together, one.overdue, int(one.owed)) for one in known}
    return [sums[currency] for currency in sorted(sums)], list[Invoice](known[:limit])
