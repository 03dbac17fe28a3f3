"""``POST /api/v1/booking-links``: a product leads a holder to the page where more is booked."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from torhaus.api.acting import act, json_answer
from torhaus.api.refusals import refused
from torhaus.api.replies import instant_text
from torhaus.api.seats.bodies import BookingLinkBody
from torhaus.core.link_codes import code_of
from torhaus.frame.access import actor_of, token_may, viewer_of
from torhaus.journeys.issue_booking_link import issue_booking_link as issue_booking_link_deed
from torhaus.seats.refusals import SeatRefused


@token_may("use_seats")
@require_POST
def issue_booking_link(request: HttpRequest) -> HttpResponse:
    """Give a link that works once, for ten minutes."""
    return act(request, BookingLinkBody, _issue, secret=True)


def _issue(request: HttpRequest, body: BookingLinkBody) -> HttpResponse:
    contract = viewer_of(request).contract_ref
    try:
        link = issue_booking_link_deed(
            contract_ref=contract, seat_ref=body.seat, kind=body.kind or "", by=actor_of(request)
        )
    except SeatRefused as error:
        return refused(request, error.code, name=error.about)
    path = reverse("web:follow_booking_link", args=[link.ref, code_of(link.ref)])
    url = settings.OPTIONS.public_url.rstrip("/") + path
    return json_answer({"url": url, "ends_at": instant_text(link.ends_at)}, status=201)
