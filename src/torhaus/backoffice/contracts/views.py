"""See a contract, create one, and book on it: what stands now and what will, reviewed before it counts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.backoffice.contracts.forms import BookingForm, ContractForm, booked_name
from torhaus.backoffice.finding import rights_of, the_contract, the_customer, within
from torhaus.backoffice.licensing.section import licence_section
from torhaus.backoffice.rows import contract_row, licence_row, record_row, token_row
from torhaus.catalogue.choices import items_to_choose, products_to_choose
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.frame.viewers import vendor_of
from torhaus.journeys.add_booking import NewBooking
from torhaus.journeys.add_booking import add_booking as add_booking_deed
from torhaus.journeys.create_contract import create_contract as create_contract_deed
from torhaus.licensing.offline_licences import issued_licences
from torhaus.licensing.queries import tokens_of_contract
from torhaus.records.queries import records_about
from torhaus.subscriptions.actions import ContractChanged, ContractNumberTaken
from torhaus.subscriptions.education import education_brought
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import bookings_of, in_force_on
from torhaus.subscriptions.search import newest_by_line
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.queries import the_vendor


@staff_may("see_customers")
@require_safe
def contract(request: HttpRequest, ref: str) -> HttpResponse:
    """Show a contract: what counts today, all bookings, its tokens and what happened."""
    found = the_contract(ref)
    vendor = vendor_of(request) or the_vendor()  # read once for the whole page
    zone, language = vendor.time_zone, (get_language() or "en")[:2]
    trusted, rights = set(trusted_keys()), rights_of(request)
    with within(found.customer):
        bookings = bookings_of(found.pk)
        counting = {booking.pk for booking in in_force_on(bookings, clock.today(zone))}
        context = {
            "row": contract_row(found, zone),
            "contract": found,
            "education": education_brought(found, clock.today(zone)),
            "customer": found.customer,
            "bookings": [(b, booked_name(b, language), b.pk in counting) for b in reversed(bookings)],
            "tokens": [token_row(token) for token in tokens_of_contract(found.pk)][:20],
            "licences": [licence_row(one, trusted) for one in issued_licences(found.pk)[:10]],
            "records": [record_row(*one) for one in records_about("contract", found.ref, 15)],
            "licensing": licence_section(found, vendor, bookings) if "see_licences" in rights else None,
            "rights": rights,
        }
        return render(request, "backoffice/contract.html", context)


@staff_may("create_customer")
@require_http_methods(["GET", "HEAD", "POST"])
def create_contract(request: HttpRequest, ref: str) -> HttpResponse:
    """Create a contract for a customer."""
    customer = the_customer(ref)
    data = request.POST if request.method == "POST" else None
    form = ContractForm(data, products=products_to_choose())
    if data is not None and form.is_valid():
        try:
            made = create_contract_deed(customer_ref=ref, agreed=form.agreed(), by=actor_of(request))
        except ContractNumberTaken:
            form.add_error("number", _("Another contract has this number. Enter another."))
        else:
            messages.success(request, _("The contract %(number)s was created.") % {"number": made.number})
            return redirect("backoffice:contract", ref=made.ref)
    context = {"form": form, "forms": [form], "customer": customer}
    return render(request, "backoffice/create_contract.html", context, status=200 if data is None else 422)


@staff_may("add_booking")
@require_http_methods(["GET", "HEAD", "POST"])
def add_booking(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for a booking, show what it changes, and add it once that was confirmed."""
    found = the_contract(ref)
    with within(found.customer):
        bookings = bookings_of(found.pk)
    newest, items = bookings[-1].pk if bookings else 0, items_to_choose()
    lines = newest_by_line(bookings)
    data = request.POST if request.method == "POST" else None
    form = BookingForm(data, lines=lines, items=items, initial={"last_seen": newest})
    step = data.get("step", "") if data else ""
    if data is None or step == "change" or not form.is_valid():
        status = 200 if data is None or step == "change" else 422
        return _ask(request, found, form, status)
    if form.cleaned_data["last_seen"] != newest:
        return _ask_again(request, found, lines, newest)
    if step != "confirm":
        return _review(request, found, form, bookings)
    return _book(request, found, form, lines)


def _ask(request: HttpRequest, found: Contract, form: BookingForm, status: int) -> HttpResponse:
    context = {"form": form, "forms": [form], "contract": found, "customer": found.customer}
    return render(request, "backoffice/add_booking.html", context, status=status)


def _ask_again(request: HttpRequest, found: Contract, lines: dict[str, Booking], newest: int) -> HttpResponse:
    """Show the form with what was entered, and say that the contract has changed meanwhile."""
    data: QueryDict = request.POST.copy()
    data["last_seen"] = str(newest)
    form = BookingForm(data, lines=lines, items=items_to_choose())
    form.add_error(
        None,
        _(
            "This contract has a newer booking than the page you came from, perhaps from sending it twice. "
            "Nothing was added now. Look at the contract, and continue if this is still to be booked."
        ),
    )
    return _ask(request, found, form, 422)


def _review(request: HttpRequest, found: Contract, form: BookingForm, bookings: list[Booking]) -> HttpResponse:
    """Show the line today beside the line as it will be, before anything is written."""
    new, language = form.booking(), (get_language() or "en")[:2]
    today = clock.today(the_vendor().time_zone)
    now = next((b for b in in_force_on(bookings, today) if b.line == new.line), None)
    context = {
        "form": form,
        "contract": found,
        "customer": found.customer,
        "new": new,
        "new_name": booked_name(_as_booking(new), language),
        "now": now,
        "now_name": booked_name(now, language) if now else "",
        "from": new.active_from or found.starts_on,
        "past": (new.active_from or found.starts_on) < today,
    }
    return render(request, "backoffice/review_booking.html", context)


def _as_booking(new: NewBooking) -> Booking:
    return Booking(line=new.line, item=new.item, kind=new.kind, name=new.name, quantity=new.quantity)


def _book(request: HttpRequest, found: Contract, form: BookingForm, lines: dict[str, Booking]) -> HttpResponse:
    try:
        booking = add_booking_deed(
            contract_ref=found.ref,
            new=form.booking(),
            last_seen=form.cleaned_data["last_seen"],
            by=actor_of(request),
        )
    except ContractChanged:
        with within(found.customer):
            bookings = bookings_of(found.pk)
        return _ask_again(request, found, newest_by_line(bookings), bookings[-1].pk)
    said = _("The line was changed.") if booking.line in lines else _("The line was added.")
    messages.success(request, said)
    return redirect("backoffice:contract", ref=found.ref)
