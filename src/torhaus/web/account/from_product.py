"""The link from a product to the page where more is booked. It opens nothing: whoever follows it signs in as ever."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from torhaus.frame import sessions
from torhaus.frame.access import actor_of, public
from torhaus.frame.onward import go_on_later
from torhaus.frame.throttling import log_failure
from torhaus.frame.viewers import shown_viewer
from torhaus.subscriptions.booking_links import BookingLinkOver, booking_link_for_code
from torhaus.subscriptions.booking_links import follow_booking_link as follow_booking_link_deed


@public
@require_safe
def follow_booking_link(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Lead to the page, once; who is not signed in signs in first, and who may not book uses nothing up."""
    link = booking_link_for_code(ref, code) if ref.isascii() and "\x00" not in ref else None
    if link is None:
        log_failure(request, door="booking_link", reason="unknown or used link")
        return _over(request)
    viewer, staff = shown_viewer(request)
    if viewer is None and staff is None:
        go_on_later(request, request.path)  # not by the address: its code would stand in a second one
        return redirect("web:sign_in")
    if viewer is None or viewer.contract_ref != link.contract.ref:
        if request.method == "GET" and sessions.switch(request, link.contract.ref):
            return redirect(request.path)  # comes again as who they are for that contract
        return render(request, "web/account/booking_link_foreign.html", status=404)
    if viewer.may("request_booking") and not viewer.read_only and not viewer.bar and request.method == "GET":
        try:
            follow_booking_link_deed(ref=link.ref, by=actor_of(request))
        except BookingLinkOver:
            return _over(request)
    query = f"?{urlencode({'kind': link.kind})}" if link.kind else ""
    return redirect(reverse("web:request_booking") + query)


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "web/account/booking_link_over.html", status=410)
