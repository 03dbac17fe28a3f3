"""The second factor after the password (R9), and signing in by a passkey alone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from torhaus.accounts.models import User
from torhaus.accounts.second_factors import MOST_WRONG, Proved, factors_of, note_passkey_use
from torhaus.frame import passkeys
from torhaus.frame.access import actor_of, public
from torhaus.frame.addresses import client_address
from torhaus.frame.entering import enter
from torhaus.frame.errors import too_many
from torhaus.frame.formatting import moment_text
from torhaus.frame.redirects import safe_target
from torhaus.frame.sessions import pending_method, pending_person
from torhaus.frame.throttling import attempt_about, count_about, count_attempt, log_failure
from torhaus.journeys.prove_by_code import prove_by_code
from torhaus.organisations.rules import PASSKEY
from torhaus.web.second_factor.forms import CodeForm

# Whoever gets here knows the password or reads the mailbox, so that strangers cannot make anybody wait.
CODES, CHALLENGES = 10, 100


@public
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for code or passkey of whoever gave the right password."""
    user, target = pending_person(request)
    if user is None:
        messages.error(request, _("Please sign in again: the second step has to follow within ten minutes."))
        return redirect("web:sign_in")
    if request.method != "POST":
        return _page(request, user, CodeForm())
    attempts = (count_attempt(request, door="second"), attempt_about(user.ref, door="second", limit=CODES))
    if wait := max(one.wait for one in attempts):
        return too_many(request, retry_after=wait)
    if request.POST.get("credential"):
        factor = _passkey_of(request, user)
        form = CodeForm()
    else:
        form = CodeForm(request.POST)
        factor = _code_of(request, user, form)
    if not factor:
        log_failure(request, door="second", reason="refused")
        return _page(request, user, form, failed=not form.is_bound)
    for one in attempts:
        one.succeeded()
    response = enter(request, user, door="second", target=target, factor=factor, method=pending_method(request))
    if factor == "recovery" and request.user.is_authenticated:
        _tell_of_codes(request, user)
    return response


@public
@require_POST
def sign_in_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone: it is something one has, and its finger or PIN the second factor."""
    credential, target = request.POST.get("credential", ""), safe_target(request, request.POST.get("next", ""))
    if not credential:  # sent without the script that asks the passkey
        return _passkey_refused(request, target)
    attempt = count_attempt(request, door="passkey")
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait)
    try:
        user, row = passkeys.proved(credential, expected=None)
    except passkeys.PasskeyRefused:
        log_failure(request, door="passkey", reason="refused")
        return _passkey_refused(request, target)
    note_passkey_use(authenticator=row)
    attempt.succeeded()
    return enter(request, user, door="passkey", target=target, factor="passkey", method=PASSKEY)


@public
@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """Give the browser what it asks a passkey; the same whoever it is, unless a password came before."""
    if wait := count_about(client_address(request), door="challenge", limit=CHALLENGES):
        return too_many(request, retry_after=wait)
    user, _target = pending_person(request)
    response = JsonResponse(passkeys.options_to_sign_in(user))
    add_never_cache_headers(response)
    return response


def _page(request: HttpRequest, user: User, form: CodeForm, *, failed: bool = False) -> HttpResponse:
    context = {"form": form, "factors": factors_of(user), "failed": failed}
    return render(request, "web/my_account/second_factor.html", context, status=422 if failed or form.errors else 200)


def _code_of(request: HttpRequest, user: User, form: CodeForm) -> str:
    """Give which factor the code proves; nothing, and the reason in the form, if it does not."""
    if not form.is_valid():
        return ""
    proved = prove_by_code(user=user, code=form.cleaned_data["code"], by=actor_of(request))
    if not proved.factor:
        form.add_error("code", _refusal(proved))
    return proved.factor


def _refusal(proved: Proved) -> str:
    if proved.paused_until is None:
        return _("This code does not work, or was used already. Enter the one shown now.")
    said = _(
        "A wrong code was entered %(n)s times in a row, so those of the app are not taken until %(until)s. "
        "Use a recovery code or a passkey. If it was not you, somebody knows your password: set another."
    )
    return said % {"n": MOST_WRONG, "until": moment_text(proved.paused_until)}


def _passkey_of(request: HttpRequest, user: User) -> str:
    try:
        _user, row = passkeys.proved(request.POST["credential"], expected=user)
    except passkeys.PasskeyRefused:
        return ""
    note_passkey_use(authenticator=row)
    return "passkey"


def _passkey_refused(request: HttpRequest, target: str) -> HttpResponse:
    """Lead back to the door one came by."""
    messages.error(request, _("This passkey does not open the portal. Try again, or sign in in another way."))
    page = reverse("backoffice:sign_in" if request.POST.get("door") == "staff" else "web:sign_in")
    return redirect(f"{page}?{urlencode({'next': target})}" if target else page)


def _tell_of_codes(request: HttpRequest, user: User) -> None:
    left = factors_of(user).codes_left
    said = ngettext(
        "You signed in with a recovery code, which works no more. %(left)s is left; make new ones on your account page.",
        "You signed in with a recovery code, which works no more. %(left)s are left; make new ones on your account page.",
        left,
    )
    messages.warning(request, said % {"left": left})
