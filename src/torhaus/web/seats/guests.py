"""Whether the holder of a seat may create guests: a page that says what it means, and gives or takes it (B104)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.seats import holder_name, kind_of
from torhaus.seats.permit_guests import permit_guests as permit_guests_deed
from torhaus.seats.refusals import SeatReleased, UnknownSeat
from torhaus.web.seats.views import find_seat

_ANSWERS = {"yes": True, "no": False}


@viewer_may("manage_seats")
@require_http_methods(["GET", "HEAD", "POST"])
def permit_guests(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what it means, and give the permission or take it away."""
    one = find_seat(request, ref)
    allowed = _ANSWERS.get(request.POST.get("allowed", ""))
    if request.method != "POST" or allowed is None:
        context = {"seat": one, "name": holder_name(one), "kind": kind_of(one)}
        status = 422 if request.method == "POST" else 200
        return render(request, "web/seats/permit_guests.html", context, status=status)
    target = ["web:seat", one.ref]
    try:
        contract = viewer_of(request).contract_ref
        permit_guests_deed(contract_ref=contract, seat_ref=one.ref, allowed=allowed, by=actor_of(request))
    except (UnknownSeat, SeatReleased):
        messages.info(request, _("This seat was released meanwhile; nothing was changed."))
        target = ["web:seats"]
    else:
        said = _("%(name)s may create guests now.") if allowed else _("%(name)s may create no more guests.")
        messages.success(request, said % {"name": holder_name(one)})
    response = redirect(*target)
    response.status_code = 303
    return response
