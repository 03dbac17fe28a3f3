"""The work list of requests for more licences; each is accepted into a booking, or declined with a reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from torhaus.backoffice.finding import page_of_all, within
from torhaus.backoffice.forms import StaffForm
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.journeys.decide_booking_request import accept_booking_request as accept_booking_request_deed
from torhaus.journeys.decide_booking_request import decline_booking_request as decline_booking_request_deed
from torhaus.journeys.request_booking import BookedMeanwhile, NotBookable
from torhaus.journeys.seat_offer import line_to_change, seat_offers
from torhaus.subscriptions.actions import ContractChanged
from torhaus.subscriptions.booking_requests import RequestDecided, request_across_customers, requests_across_customers
from torhaus.subscriptions.education import education_of
from torhaus.subscriptions.models import BookingRequest, RequestState
from torhaus.subscriptions.queries import bookings_of, rows_on
from torhaus.subscriptions.rules import Status
from torhaus.vendor.queries import the_vendor


class AcceptForm(StaffForm):
    """The newest booking that the reviewer saw."""

    last_seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class DeclineForm(StaffForm):
    """Why not; the customer reads it."""

    reason = forms.CharField(
        label=pgettext_lazy("why", "Reason"),
        max_length=500,
        help_text=gettext_lazy("The customer gets it by mail, in your words."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@staff_may("add_booking")
@require_safe
def booking_requests(request: HttpRequest) -> HttpResponse:
    """Show the requests that wait, the oldest first."""
    page = page_of_all(request, requests_across_customers())
    return render(request, "backoffice/booking_requests/booking_requests.html", {"page": page})


@staff_may("add_booking")
@require_safe
def booking_request(request: HttpRequest, ref: str) -> HttpResponse:
    """Show a request beside what is booked now."""
    return _show(request, _the_request(ref), DeclineForm())


@staff_may("add_booking")
@require_POST
def accept_booking_request(request: HttpRequest, ref: str) -> HttpResponse:
    """Book what was asked for, from today on."""
    found, form = _the_request(ref), AcceptForm(request.POST)
    last_seen = form.cleaned_data["last_seen"] if form.is_valid() else -1
    try:
        accept_booking_request_deed(request_ref=ref, last_seen=last_seen, by=actor_of(request))
    except RequestDecided:
        messages.info(request, gettext("This request was decided before. Nothing was changed now."))
    except ContractChanged:
        messages.error(request, gettext("Something was booked on this contract meanwhile. Look again, then decide."))
        return redirect("backoffice:booking_request", ref=ref)
    except (BookedMeanwhile, NotBookable):
        said = gettext("The contract books that many already, or none of it any more. Decline the request instead.")
        messages.error(request, said)
        return redirect("backoffice:booking_request", ref=ref)
    else:
        said = gettext("%(customer)s has the licences from today on. Both sides get a mail.")
        messages.success(request, said % {"customer": found.contract.customer.name})
    return redirect("backoffice:booking_requests")


@staff_may("add_booking")
@require_POST
def decline_booking_request(request: HttpRequest, ref: str) -> HttpResponse:
    """Decline a request, with a reason."""
    found, form = _the_request(ref), DeclineForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    try:
        decline_booking_request_deed(request_ref=ref, reason=form.cleaned_data["reason"], by=actor_of(request))
    except RequestDecided:
        messages.info(request, gettext("This request was decided before. Nothing was changed now."))
    else:
        messages.success(request, gettext("The request was declined. Both sides get a mail."))
    return redirect("backoffice:booking_requests")


def _the_request(ref: str) -> BookingRequest:
    found = request_across_customers(ref)
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, found: BookingRequest, form: DeclineForm, status: int = 200) -> HttpResponse:
    today = clock.today(the_vendor().time_zone)
    with within(found.contract.customer):
        bookings = bookings_of(found.contract_id)
        offer = seat_offers(found.contract, today).of(found.item.key)
        line = line_to_change(offer.lines).line if offer else ""
        terms_over = bool(found.percent) and not education_of(found.contract_id, today).holds
        later = [row for row in rows_on(bookings, today) if row.state is Status.UPCOMING and row.booking.line == line]
    context: dict[str, Any] = {
        "row": found,
        "open": found.state == RequestState.OPEN,
        "offer": offer,
        "later": later,
        "terms_over": terms_over,
        "last_seen": bookings[-1].pk if bookings else 0,
        "contract": found.contract,
        "customer": found.contract.customer,
        "form": form,
        "forms": [form],
    }
    return render(request, "backoffice/booking_requests/booking_request.html", context, status=status)
