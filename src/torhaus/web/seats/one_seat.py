"""The page of one seat: who holds it, what it owns, and what can be done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from torhaus.core import clock
from torhaus.frame.access import viewer_may
from torhaus.frame.seats import holder_name, kind_of, look_of
from torhaus.seats.models import SeatState
from torhaus.seats.registration import registration_works
from torhaus.web.seats.registration import link_of
from torhaus.web.seats.views import find_seat, may_manage
from torhaus.web.words import size_text


@viewer_may("see_seats")
@require_safe
def seat(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one seat: who holds it, what it owns, and what can be done."""
    one, now = find_seat(request, ref), clock.now()
    context = {
        "seat": one,
        "name": holder_name(one),
        "kind": kind_of(one),
        "look": look_of(one, now),
        "owned": size_text(one.owned_bytes),
        "shared": size_text(one.invited_bytes),
        "may_manage": may_manage(request),
        "waits": one.state == SeatState.INITIATED and bool(one.mail),
        "link": link_of(one) if may_manage(request) and registration_works(one) else "",
    }
    return render(request, "web/seats/seat.html", context)
