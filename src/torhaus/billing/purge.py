"""Which invoices have to be kept no longer, and their removal."""

from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled

from torhaus.billing.models import Invoice, InvoiceLine, InvoiceState
from torhaus.records.deeds import part

# § 147(3) and (4) AO, § 14b(1) UStG: eight years from the end of the year in which an invoice was issued.
INVOICE_YEARS = 8


def invoices_to_purge_across_customers(*, before_year: int) -> QuerySet[Invoice]:
    """Give the invoices issued before a year. What is still to be paid stays: a claim needs it (Art. 17(3)(e) GDPR)."""
    with scopes_disabled():
        return Invoice.objects.filter(issued_on__year__lt=before_year).exclude(state=InvoiceState.OPEN)


def customers_with_invoices_to_purge(*, before_year: int) -> list[tuple[int | None, str]]:
    """Give key and reference of each customer that has some; None and "" stand for invoices without a customer."""
    rows = invoices_to_purge_across_customers(before_year=before_year).order_by("customer_id")
    with scopes_disabled():
        found = rows.values_list("customer_id", "customer__ref").distinct()
        return [(key, ref or "") for key, ref in found]


@part
def purge_customers_invoices(*, customer_id: int | None, before_year: int) -> int:
    """Delete a customer's invoices whose period is over, with their lines; give how many.

    Their documents leave the store with ``collect_files``, once nothing refers to them.
    """
    with scopes_disabled():
        old = invoices_to_purge_across_customers(before_year=before_year)
        theirs = Q(customer__isnull=True) if customer_id is None else Q(customer_id=customer_id)
        rows = list(old.filter(theirs).select_for_update().values_list("pk", flat=True))
        for n in range(0, len(rows), 500):
            InvoiceLine.objects.filter(invoice_id__in=rows[n : n + 500]).delete()
            Invoice.objects.filter(pk__in=rows[n : n + 500]).delete()
    return len(rows)
