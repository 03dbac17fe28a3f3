"""The work list of invoices without a customer, and the deed that gives one to its customer."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.backoffice.customers.forms import SearchForm
from torhaus.backoffice.finding import page_of_all, sort_of
from torhaus.backoffice.invoices.forms import MatchForm, UnmatchedForm
from torhaus.backoffice.rows import invoice_row
from torhaus.billing.actions import AlreadyMatched
from torhaus.billing.models import Invoice
from torhaus.billing.search import invoice_across_customers, unmatched_invoices_across_customers
from torhaus.frame.access import actor_of, staff_may
from torhaus.journeys.create_contract import UnknownCustomer
from torhaus.journeys.match_invoice import match_invoice as match_invoice_deed
from torhaus.organisations.search import customers_across_customers
from torhaus.subscriptions.search import find_customer_ids_across_customers, suggest_customers_across_customers
from torhaus.vendor.queries import the_vendor

SORTS = ("issued_on", "number", "customer_hint", "gross_cents")


@staff_may("match_invoices")
@require_safe
def unmatched_invoices(request: HttpRequest) -> HttpResponse:
    """Show the invoices that wait for a customer, oldest first."""
    form, sort = UnmatchedForm(request.GET), sort_of(request, SORTS)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    page = page_of_all(request, unmatched_invoices_across_customers(text, sort))
    context = {"form": form, "text": text, "page": page, "sort": sort}
    return render(request, "backoffice/unmatched_invoices.html", context)


@staff_may("match_invoices")
@require_http_methods(["GET", "HEAD", "POST"])
def match_invoice(request: HttpRequest, ref: str) -> HttpResponse:
    """Suggest and find customers for an invoice, and give it to the chosen one."""
    invoice = invoice_across_customers(ref)
    if invoice is None:
        raise Http404
    form = MatchForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _ask(request, invoice, form, 200)
    if not form.is_valid():
        return _ask(request, invoice, form, 422)
    try:
        matched = match_invoice_deed(invoice_ref=ref, customer_ref=form.cleaned_data["customer"], by=actor_of(request))
    except UnknownCustomer:
        form.add_error("customer", _("There is no such customer. Choose one from the list."))
        return _ask(request, invoice, form, 422)
    except AlreadyMatched:
        messages.info(request, _("The invoice %(number)s already had a customer.") % {"number": invoice.number})
    else:
        said = _("The invoice %(number)s now belongs to %(customer)s and shows in its portal.")
        messages.success(request, said % {"number": matched.number, "customer": matched.customer.name})  # type: ignore[union-attr]  # just matched
    return redirect("backoffice:unmatched_invoices")


def _ask(request: HttpRequest, invoice: Invoice, form: MatchForm, status: int) -> HttpResponse:
    search = SearchForm(request.GET)
    text = search.cleaned_data["q"] if search.is_valid() else ""
    found = find_customer_ids_across_customers(text) if text else set()
    waiting = invoice.customer is None
    suggested = suggest_customers_across_customers(origin=invoice.origin, hint=invoice.customer_hint) if waiting else []
    context = {
        "invoice": invoice,
        "row": invoice_row(invoice, the_vendor().time_zone),
        "form": form,
        "forms": [form],
        "search": search,
        "text": text,
        "found": page_of_all(request, customers_across_customers(found, "name")) if text else None,
        "suggested": suggested,
    }
    return render(request, "backoffice/match_invoice.html", context, status=status)
