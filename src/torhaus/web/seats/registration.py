"""Holders confirm their seats by a link, and administrators have it sent."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.core.link_codes import code_of
from torhaus.frame.access import actor_of, public, viewer_may, viewer_of
from torhaus.frame.errors import too_many
from torhaus.frame.seats import MAILS_TO_ONE_HOLDER, kind_of
from torhaus.frame.throttling import count_about, log_failure
from torhaus.journeys.mail_seat_registration import mail_seat_registration as mail_seat_registration_deed
from torhaus.notices.letters import MailRefused
from torhaus.seats.models import Seat
from torhaus.seats.refusals import SeatRefused
from torhaus.seats.registration import RegistrationOver, registration_across_customers, registration_for_code
from torhaus.seats.registration import register_seat as register_seat_deed
from torhaus.web.seats.views import find_seat

KEY, MAILS = "seat_registration", 30
DONE = "seat_registered"  # the link this session confirmed a seat by, and the product's name


def link_of(seat: Seat) -> str:
    """Give the address by which the holder confirms the seat."""
    path = reverse("web:open_seat_registration", args=[seat.registration, code_of(seat.registration)])
    return settings.OPTIONS.public_url.rstrip("/") + path


@viewer_may("manage_seats")
@require_POST
def mail_seat_registration(request: HttpRequest, ref: str) -> HttpResponse:
    """Send the holder another link."""
    one = find_seat(request, ref)
    wait = count_about(viewer_of(request).customer_ref, door="seat", limit=MAILS)
    wait = wait or count_about(one.mail.casefold(), door="seat_mail", limit=MAILS_TO_ONE_HOLDER)
    if wait:
        return too_many(request, retry_after=wait, template="asked_too_often")
    try:
        mail_seat_registration_deed(
            contract_ref=viewer_of(request).contract_ref, seat_ref=one.ref, by=actor_of(request)
        )
    except SeatRefused:
        messages.info(request, _("No link is needed: the holder has come, or the seat was released."))
    except MailRefused:
        messages.error(request, _("Nobody can be written to at this address. Copy the link instead."))
    else:
        said = _("A new link to %(mail)s is on its way. It works once, for seven days.")
        messages.success(request, said % {"mail": one.mail})
    response = redirect("web:seat", one.ref)
    response.status_code = 303
    return response


@public
@require_safe
def open_seat_registration(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Take the code out of the address; following it confirms nothing, so a scanner of mails does no harm."""
    found = registration_for_code(ref, code) if ref.isascii() and "\x00" not in ref else None
    if found is None:
        log_failure(request, door=KEY, reason="unknown or used link")
        request.session.pop(KEY, None)
        if request.session.get(DONE, [""])[0] != ref:
            request.session.pop(DONE, None)  # another link than the one this session used: that one is over
    else:
        request.session[KEY] = found.registration
    return redirect("web:register_seat")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def register_seat(request: HttpRequest) -> HttpResponse:
    """Say whose seat of which kind it is, and have it confirmed, once (B86); loaded again, say that it is done."""
    seat = registration_across_customers(str(request.session.get(KEY, "")))
    if seat is None:
        return _done_or_over(request)
    if request.method == "POST":
        product = seat.contract.product.name
        try:
            done = register_seat_deed(registration=seat.registration, by=actor_of(request))
        except RegistrationOver:
            return _done_or_over(request)
        request.session.pop(KEY, None)
        request.session[DONE] = [seat.registration, product]
        return render(request, "web/seats/seat_registered.html", {"product": product, "mail": done.mail})
    context = {"seat": seat, "kind": kind_of(seat), "customer": seat.contract.customer.name}
    return render(request, "web/seats/register_seat.html", context)


def _done_or_over(request: HttpRequest) -> HttpResponse:
    """Say that this session confirmed the seat, which the page shows once more when it is loaded again; else over."""
    if DONE in request.session:
        return render(request, "web/seats/seat_registered.html", {"product": request.session[DONE][1]})
    return render(request, "web/seats/registration_over.html", status=410)
