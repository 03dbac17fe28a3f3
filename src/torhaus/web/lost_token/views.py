"""Ask for a link by mail, follow it, and get a new licence token. All of it without being signed in."""

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.frame.access import actor_of, public
from torhaus.frame.addresses import client_address
from torhaus.frame.errors import too_many
from torhaus.frame.throttling import count_about, count_attempt, log_failure
from torhaus.journeys.replace_lost_token import replace_lost_token as replace_lost_token_deed
from torhaus.journeys.tasks import send_token_reset
from torhaus.licensing.models import TokenReset
from torhaus.licensing.queries import working_tokens_across_customers
from torhaus.licensing.reset_links import LinkOver, open_reset_across_customers, reset_for_code
from torhaus.web.licence.forms import ResetTokenForm
from torhaus.web.lost_token.forms import LostTokenForm

FOLLOWED = "token_reset"
# So many requests about one contract within ten minutes, from wherever. So many that a stranger cannot cheaply keep
# its people from asking: what protects mailboxes are the limits of each mailbox (journeys/send_token_reset.py).
ABOUT_ONE_CONTRACT = 50


@public
@require_http_methods(["GET", "HEAD", "POST"])
def lost_token(request: HttpRequest) -> HttpResponse:
    """Take contract number and mail address; the answer is the same, and as quick, whether they fit or not (R7)."""
    if request.method != "POST":
        context = {"form": LostTokenForm(), "sent": "sent" in request.GET}
        return render(request, "web/lost_token/lost_token.html", context)
    attempt = count_attempt(request, door="lost_token")
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait, template="asked_too_often")
    form = LostTokenForm(request.POST)
    if not form.is_valid():
        return render(request, "web/lost_token/lost_token.html", {"form": form, "forms": [form]}, status=422)
    number, mail = form.cleaned_data["number"], form.cleaned_data["mail"]
    wait = count_about(number.casefold(), door="lost_token_contract", limit=ABOUT_ONE_CONTRACT)
    if wait:
        return too_many(request, retry_after=wait, template="asked_too_often")
    # Nothing is looked up here: a job does, so that the time of this answer tells nothing.
    send_token_reset.enqueue(number, mail, client_address(request), getattr(request, "request_id", ""))
    return redirect(reverse("web:lost_token") + "?sent=1")


@public
@require_safe
def open_token_reset(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Take the code out of the address: note in the session that the link was followed, and lead on.

    It does not use the link up, so a scanner that follows the links of mails does no harm.
    """
    reset = reset_for_code(ref, code)
    if reset is None:
        log_failure(request, door="lost_token", reason="unknown or used link")
        request.session.pop(FOLLOWED, None)
    else:
        request.session[FOLLOWED] = reset.ref
    return redirect("web:replace_lost_token")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def replace_lost_token(request: HttpRequest) -> HttpResponse:
    """Say what a new token means; on the form's way back answer it with the new token, once."""
    reset = _followed(request.session)
    if reset is None:
        return _over(request)
    form = ResetTokenForm(request.POST if request.method == "POST" else None, initial={"overlap": "0"})
    if request.method != "POST" or not form.is_valid():
        context = {
            "form": form,
            "forms": [form],
            "contract": reset.contract,
            "reset": reset,
            "working": working_tokens_across_customers(reset.contract_id),
        }
        status = 422 if request.method == "POST" else 200
        return render(request, "web/lost_token/replace_lost_token.html", context, status=status)
    overlap = form.cleaned_data["overlap"]
    try:
        issued = replace_lost_token_deed(reset_ref=reset.ref, overlap=overlap, by=actor_of(request))
    except LinkOver:
        return _over(request)
    request.session.pop(FOLLOWED, None)
    context = {"contract": reset.contract, "issued": issued, "at_once": overlap == "0"}
    return render(request, "web/lost_token/lost_token_replaced.html", context)


def _followed(session: SessionBase) -> TokenReset | None:
    ref = session.get(FOLLOWED, "")
    return open_reset_across_customers(ref) if isinstance(ref, str) and ref else None


def _over(request: HttpRequest) -> HttpResponse:
    """410: there is no such link any more; used, expired, replaced and unknown ones look alike."""
    return render(request, "web/lost_token/link_over.html", status=410)
