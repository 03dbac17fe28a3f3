"""The security of customers at the door: who is kept out, told why, and led to what helps."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext

from torhaus.frame import sessions
from torhaus.frame.access import Viewer
from torhaus.frame.entering import signed_in_before_factor
from torhaus.frame.errors import method_refused
from torhaus.frame.signed import longest_pause
from torhaus.frame.words import method_words


def kept_out(request: HttpRequest, viewer: Viewer, *, before_rules: bool) -> HttpResponse | None:
    """Give the answer to whoever the customer's security keeps out; None lets them in."""
    if viewer.bar == "over":
        return _end(request, viewer)
    if before_rules or not viewer.bar:
        return None
    if viewer.bar == "method":
        return method_refused(request, allowed=method_words(viewer.rules.methods))
    return signed_in_before_factor(request) or redirect("web:account")


def _end(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    rules, named = viewer.rules, {"customer": viewer.customer_name}
    if rules.idle_minutes and longest_pause(request.session) >= rules.idle_minutes * 60:
        said = ngettext(
            "Your session has ended: for %(customer)s sessions end after %(n)s minute without use. Sign in again.",
            "Your session has ended: for %(customer)s sessions end after %(n)s minutes without use. Sign in again.",
            rules.idle_minutes,
        ) % (named | {"n": rules.idle_minutes})
    else:
        said = ngettext(
            "Your session has ended: for %(customer)s sessions end after %(n)s hour at the latest. Sign in again.",
            "Your session has ended: for %(customer)s sessions end after %(n)s hours at the latest. Sign in again.",
            rules.session_hours or 0,
        ) % (named | {"n": rules.session_hours})
    sessions.end(request)
    messages.error(request, said)
    query = {"next": request.get_full_path()} if request.method == "GET" else {}
    return redirect(reverse("web:sign_in") + ("?" + urlencode(query) if query else ""))
