"""The pages of invoices."""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torhaus.billing.models import Invoice, InvoiceFormat, InvoiceLine, PaymentMethod
from torhaus.billing.queries import (
    DEFAULT_SORT,
    SORTS,
    billing_account,
    each,
    filtered,
    first_year,
    in_order,
    invoice_of,
    lines_of,
    rows_of_page,
)
from torhaus.billing.rules import agrees, shown_state, vat_breakdown
from torhaus.core.storage import file_store
from torhaus.frame.access import viewer_may, viewer_of
from torhaus.frame.files import answer_file, disposition
from torhaus.frame.formatting import money_text
from torhaus.frame.lists import page_of
from torhaus.frame.templatetags.torhaus import badge
from torhaus.frame.words import INVOICE_FORMATS, INVOICE_LOOKS, PAYMENT_METHODS, Look
from torhaus.organisations.queries import billing_address, billing_contact
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import next_invoice_on
from torhaus.web.invoices.export import csv_lines
from torhaus.web.invoices.forms import InvoiceFilterForm
from torhaus.web.words import country_name, exact_number, exact_price, vendor_today

PER_PAGE = 25
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """An invoice as the list shows it: flat, because every dot in a template costs, 25 times over."""

    ref: str
    number: str
    issued_on: date
    due_on: date | None
    amount: str
    badge: SafeString
    has_file: bool


@dataclass(frozen=True)
class LineRow:
    """A position in words."""

    line: InvoiceLine
    quantity: str
    unit_price: str
    vat_rate: str


@viewer_may("see_invoices")
@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    """Show billing information and the invoices that the filter wants."""
    viewer = viewer_of(request)
    _vendor, today = vendor_today(request)
    form = InvoiceFilterForm(request.GET)
    wanted = form.wanted()
    since = first_year(viewer.contract_number)
    found = filtered(viewer.contract_number, wanted, today)
    sort = wanted_sort(request.GET.get("sort", ""))
    page = page_of(request.GET.get("page", ""), found.count() if since else 0, PER_PAGE)
    rows = rows_of_page(found, sort, today, offset=(page.number - 1) * PER_PAGE, limit=PER_PAGE)
    page.object_list = _rows(rows, today)
    return render(
        request,
        "web/invoices/invoices.html",
        {
            "form": form,
            "years": form.years(since, today.year),
            "filtered": bool(wanted) or not form.is_valid(),
            "page": page,
            "sort": sort,
            "any": since is not None,
            "export": _export_query(request),
            **_billing(viewer.contract, today),
        },
    )


def wanted_sort(given: str) -> str:
    """Give the wanted order, or the newest first for anything unknown."""
    return given if given.removeprefix("-") in SORTS and not given.startswith("--") else DEFAULT_SORT


def _rows(found: list[Invoice], today: date) -> list[Row]:
    badges = {state: badge(look.tone, look.icon, str(look.text)) for state, look in INVOICE_LOOKS.items()}
    return [
        Row(
            ref=one.ref,
            number=one.number,
            issued_on=one.issued_on,
            due_on=one.due_on,
            amount=money_text(one.gross_cents, one.currency),
            badge=badges[shown_state(one.state, one.due_on, today)],
            has_file=bool(one.document_key),
        )
        for one in found
    ]


def _look(one: Invoice, today: date) -> Look:
    return INVOICE_LOOKS[shown_state(one.state, one.due_on, today)]


def _export_query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return "?" + query.urlencode() if query else ""


def _billing(contract: Contract, today: date) -> dict[str, Any]:
    """Give the billing information (B18); what nobody entered stays None, and the page says so."""
    account, contact, address = billing_account(), billing_contact(), billing_address()
    return {
        "contact": contact.name if contact else "",
        "mail": (account.mail if account else "") or (contact.mail if contact else ""),
        "payment_method": PAYMENT_METHODS[PaymentMethod(account.payment_method)] if account else "",
        "invoice_format": INVOICE_FORMATS[InvoiceFormat(account.invoice_format)] if account else "",
        "address": address_lines(address) if address else [],
        "next_invoice_on": next_invoice_on(agreement_of(contract), today),
    }


def address_lines(address: Any) -> list[str]:
    """Give a postal address line by line."""
    city = f"{address.postal_code} {address.city}".strip()
    parts = [address.recipient, address.extra, address.street, city, country_name(address.country)]
    return [line for part in parts for line in part.splitlines() if line.strip()]


@viewer_may("see_invoices")
@require_safe
def invoices_csv(request: HttpRequest) -> HttpResponseBase:
    """Give the invoices that the filter wants, all pages of them, as CSV."""
    viewer = viewer_of(request)
    _vendor, today = vendor_today(request)
    wanted = InvoiceFilterForm(request.GET).wanted()
    sort = wanted_sort(request.GET.get("sort", ""))
    ordered = in_order(filtered(viewer.contract_number, wanted, today), sort, today)
    response = StreamingHttpResponse(csv_lines(each(ordered), today), content_type="text/csv; charset=utf-8")
    name = _("invoices")
    response.headers["Content-Disposition"] = disposition(f"{name}-{viewer.customer_number}.csv")
    add_never_cache_headers(response)
    return response


@viewer_may("see_invoices")
@require_safe
def invoice(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one invoice with its positions and VAT, or with its plain totals."""
    one = _find(request, ref)
    _vendor, today = vendor_today(request)
    lines = lines_of(one)
    shares = vat_breakdown((line.vat_rate, line.net_cents) for line in lines)
    fits = agrees(shares, net_cents=one.net_cents, vat_cents=one.vat_cents, gross_cents=one.gross_cents)
    return render(
        request,
        "web/invoices/invoice.html",
        {
            "invoice": one,
            "look": _look(one, today),
            "lines": [_line(line, one.currency) for line in lines],
            "shares": shares if fits else [],
            "net_cents": sum(share.net_cents for share in shares)
            if one.net_cents is None and shares
            else one.net_cents,
            "has_file": _stored(one),
        },
    )


@viewer_may("see_invoices")
@require_safe
def invoice_pdf(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Give an invoice's PDF, whole or in part."""
    one = _find(request, ref)
    try:
        opened = file_store().open(one.document_key)
    except FileNotFoundError:
        if one.document_key:
            _log.error("the PDF of invoice %s is not in the store", one.ref)
        _vendor, today = vendor_today(request)
        context = {"invoice": one, "look": _look(one, today)}
        return render(request, "web/invoices/no_pdf.html", context, status=404)
    return answer_file(request, opened, key=one.document_key, name=f"{one.number}.pdf", content_type="application/pdf")


def _line(line: InvoiceLine, currency: str) -> LineRow:
    return LineRow(
        line, exact_number(line.quantity), exact_price(line.unit_price, currency), exact_number(line.vat_rate)
    )


def _find(request: HttpRequest, ref: str) -> Invoice:
    found = invoice_of(viewer_of(request).contract_number, ref) if ref.isascii() and "\x00" not in ref else None
    if found is None:
        raise Http404
    return found


def _stored(one: Invoice) -> bool:
    try:
        path = file_store().local_path(one.document_key)
    except FileNotFoundError:
        return False
    # A page does not ask a store over the network; the address of the PDF says so if it lacks it.
    return bool(one.document_key) if path is None else path.is_file()
