"""Find customers, see one, create one, and look at the portal with a customer's eyes."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.backoffice.contracts.forms import ContractForm
from torhaus.backoffice.customers.forms import CustomerForm, SearchForm
from torhaus.backoffice.finding import page_of_all, rights_of, sort_of, the_customer, within
from torhaus.backoffice.rows import contract_row, invoice_row, owner_row, record_row, token_row
from torhaus.backoffice.tickets.rows import TicketRow, ticket_row
from torhaus.billing.search import billing_account_of, newest_invoices
from torhaus.catalogue.choices import products_to_choose
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.frame.viewers import PREVIEW, vendor_of
from torhaus.journeys.create_customer import create_customer as create_customer_deed
from torhaus.journeys.view_as_customer import view_as_customer as view_as_customer_deed
from torhaus.licensing.search import tokens_of_contracts
from torhaus.organisations.actions import CustomerNumberTaken
from torhaus.organisations.models import Customer
from torhaus.organisations.people import owner_of
from torhaus.organisations.search import (
    FOUND_AT_MOST,
    addresses_and_contacts_of,
    customer_ids_by_part_of_name_across_customers,
    customers_across_customers,
)
from torhaus.records.queries import recent_activity_with_names
from torhaus.subscriptions.actions import ContractNumberTaken, UnknownContract
from torhaus.subscriptions.search import contracts_of, find_customer_ids_across_customers
from torhaus.support.desk import tickets_of_customer
from torhaus.support.queries import calendar_of
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import the_vendor

SORTS = ("name", "number", "created_at")


@staff_may("see_customers")
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """Show all customers, or those that were looked for."""
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    anywhere = bool(form.is_valid() and form.cleaned_data["anywhere"])
    found: set[int] | None = None
    if text or not form.is_valid():
        look_up = customer_ids_by_part_of_name_across_customers if anywhere else find_customer_ids_across_customers
        found = look_up(text) if text else set()
    sort = sort_of(request, SORTS)
    context = {
        "form": form,
        "text": text,
        "anywhere": anywhere,
        "cut": found is not None and len(found) >= FOUND_AT_MOST,
        "page": page_of_all(request, customers_across_customers(found, sort)),
        "sort": sort,
        "rights": rights_of(request),
    }
    return render(request, "backoffice/customers.html", context)


@staff_may("see_customers")
@require_safe
def customer(request: HttpRequest, ref: str) -> HttpResponse:
    """Show all that is known of a customer."""
    found = the_customer(ref)
    vendor = vendor_of(request) or the_vendor()  # read once for the whole page
    zone = vendor.time_zone
    with within(found):
        contracts = contracts_of(found.pk)
        addresses, contacts = addresses_and_contacts_of(found.pk)
        context = {
            "customer": found,
            "addresses": addresses,
            "contacts": contacts,
            "owner": owner_row(owner_of(found.pk)),
            "billing": billing_account_of(found.pk),
            "contracts": [contract_row(contract, zone) for contract in contracts],
            "tokens": [token_row(token) for token in tokens_of_contracts(c.pk for c in contracts)][:20],
            "invoices": [invoice_row(invoice, zone) for invoice in newest_invoices(found.pk, 10)],
            "tickets": _tickets(found, vendor),
            "records": [record_row(*one) for one in recent_activity_with_names(15)],
            "rights": rights_of(request),
        }
        return render(request, "backoffice/customer.html", context)


def _tickets(customer: Customer, vendor: Vendor) -> list[TicketRow]:
    calendar, now = calendar_of(vendor), clock.now()
    return [ticket_row(ticket, now, calendar) for ticket in tickets_of_customer(customer.pk, 5)]


@staff_may("create_customer")
@require_http_methods(["GET", "HEAD", "POST"])
def create_customer(request: HttpRequest) -> HttpResponse:
    """Create a customer, with the first contract if that is wanted."""
    vendor, data = the_vendor(), request.POST if request.method == "POST" else None
    defaults = {"country": vendor.country, "language": vendor.language}
    form = CustomerForm(data, initial=defaults)
    with_contract = data is not None and "with_contract" in data
    contract_form = ContractForm(data if with_contract else None, prefix="contract", products=products_to_choose())
    if data is not None and _all_valid(form, contract_form, with_contract=with_contract):
        agreed = contract_form.agreed() if with_contract else None
        try:
            made = create_customer_deed(new=form.new_customer(), first_contract=agreed, by=actor_of(request))
        except CustomerNumberTaken:
            form.add_error("number", _("Another customer has this number. Look that customer up, or enter another."))
        except ContractNumberTaken:
            contract_form.add_error("number", _("Another contract has this number. Enter another."))
        else:
            messages.success(request, _("The customer %(name)s was created.") % {"name": made.name})
            return redirect("backoffice:customer", ref=made.ref)
    context = {"form": form, "contract_form": contract_form, "forms": [form, contract_form]}
    return render(request, "backoffice/create_customer.html", context, status=200 if data is None else 422)


def _all_valid(form: CustomerForm, contract_form: ContractForm, *, with_contract: bool) -> bool:
    """Whether all that was sent is valid; both are asked, so that every error shows at once."""
    valid = [form.is_valid(), contract_form.is_valid() if with_contract else True]
    return all(valid)


@staff_may("view_as_customer")
@require_POST
def view_as_customer(request: HttpRequest, ref: str) -> HttpResponse:
    """Open the portal of a contract, read-only."""
    try:
        contract = view_as_customer_deed(contract_ref=ref, by=actor_of(request))
    except UnknownContract:
        raise Http404 from None
    request.session[PREVIEW] = contract.ref
    return redirect("web:dashboard")


@staff_may("view_as_customer")
@require_POST
def end_preview(request: HttpRequest) -> HttpResponse:
    """Go back from the portal to the customer's staff page."""
    contract_ref = request.session.pop(PREVIEW, "")
    if not contract_ref:
        return redirect("backoffice:home")
    return redirect("backoffice:contract", ref=contract_ref)
