"""Asking anew who somebody is before they change how they prove it (R18)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from torhaus.core import clock
from torhaus.frame.entering import signed_in_before_factor
from torhaus.frame.sessions import CONFIRMED

FRESH_SECONDS = 300


def confirm_first(request: HttpRequest, *, back: str = "") -> HttpResponse | None:
    """Give the way to the page that asks for the password, unless it was given within five minutes.

    From a form it leads on to ``back``, where one can send it again; else to one's own account.

    Whoever has a second factor has to have proved it in this session: else a password alone would remove it.
    """
    if anew := signed_in_before_factor(request):
        return anew
    at = request.session.get(CONFIRMED)
    if isinstance(at, int | float) and -120 <= clock.now().timestamp() - at < FRESH_SECONDS:
        return None
    target = request.get_full_path() if request.method in {"GET", "HEAD"} else back or reverse("web:account")
    return redirect(f"{reverse('web:confirm_person')}?{urlencode({'next': target})}")
