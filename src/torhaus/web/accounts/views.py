"""Sign in by licence token (B1 to B3), add and switch contracts, sign out. By name: ``web/people``."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.frame import sessions
from torhaus.frame.access import actor_of, public, viewer_may
from torhaus.frame.entering import end_session
from torhaus.frame.errors import not_found, too_many
from torhaus.frame.languages import remember_language
from torhaus.frame.navigation import address, first_page
from torhaus.frame.onward import take_onward
from torhaus.frame.redirects import safe_target
from torhaus.frame.rules_of_customers import kept_out
from torhaus.frame.throttling import count_attempt, log_failure, log_success
from torhaus.frame.viewers import find_viewer
from torhaus.licensing.actions import UnknownToken, sign_in_with_token
from torhaus.licensing.queries import token_for_secret
from torhaus.web.accounts.forms import TokenForm
from torhaus.web.people.forms import PersonForm
from torhaus_sdk.tokens import Token


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first page the viewer may see, staff to the back office, anybody else to the sign-in."""
    viewer = find_viewer(request)
    if viewer is None and request.user.is_authenticated and request.user.staff_role:
        return redirect(address("backoffice:home") or "web:sign_in")
    target = first_page(viewer) if viewer else None
    return redirect(target or "web:sign_in")


@public
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by licence token."""
    target = safe_target(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        viewer = find_viewer(request)
        if viewer is not None and (out := kept_out(request, viewer, before_rules=True)):
            return out
        if viewer is not None and (onward := target or first_page(viewer)):
            return redirect(onward)
        return _form(request, TokenForm(), target)
    return _take_token(request, target, adding=False)


@viewer_may("see_dashboard")
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def add_contract(request: HttpRequest) -> HttpResponse:
    """Unlock another contract with its token, beside those the session holds. People hold those of their customers."""
    if request.user.is_authenticated and not request.user.staff_role:
        return redirect("web:choose_contract")
    if request.method != "POST":
        return _form(request, TokenForm(), "", adding=True)
    return _take_token(request, "", adding=True)


@viewer_may("see_dashboard", before_rules=True)
@require_POST
def switch_contract(request: HttpRequest) -> HttpResponse:
    """Look at another contract of this session."""
    if not sessions.switch(request, request.POST.get("contract", "")):
        return not_found(request)
    return redirect(safe_target(request, request.POST.get("next", "")) or "web:home")


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    end_session(request)
    messages.success(request, _("You are signed out."))
    return redirect("web:sign_in")


def _take_token(request: HttpRequest, target: str, *, adding: bool) -> HttpResponse:
    """Verify what was typed; whatever fails is counted and costs the same work."""
    attempt = count_attempt(request, door="token")
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait)
    form = TokenForm(request.POST)
    if not form.is_valid():
        log_failure(request, door="token", reason="malformed")
        return _form(request, form, target, adding=adding, status=422)
    token: Token = form.cleaned_data["token"]
    response = _enter(request, token, target)
    if response is None:
        log_failure(request, door="token", reason="unknown")
        form.add_error(
            "token", _("This licence token does not open the portal. It is unknown, has expired or was revoked.")
        )
        return _form(request, form, target, adding=adding, status=422)
    attempt.succeeded()
    return response


def _enter(request: HttpRequest, token: Token, target: str) -> HttpResponse | None:
    """Sign in; None for a token that does not work, whatever the reason."""
    found = token_for_secret(token)
    if found is None:
        return None
    target = target or take_onward(request)
    if request.user.is_authenticated:
        end_session(request)  # staff who sign in as a customer are no longer staff here
    try:
        row = sign_in_with_token(token=token, by=actor_of(request))
    except UnknownToken:  # revoked a moment ago
        return None
    sessions.unlock(request, contract_ref=row.contract.ref, public_id=row.public_id, used_before=found.last_used_at)
    log_success(request, door="token", who=row.public_id)
    response = redirect(target or reverse("web:home"))
    remember_language(request, response, row.contract.customer.language, only_first=True)
    return response


def _form(
    request: HttpRequest, form: TokenForm, target: str, *, adding: bool = False, status: int = 200
) -> HttpResponse:
    context = {"form": form, "next": target, "adding": adding, "ended": "ended" in request.GET}
    context |= {"person_form": PersonForm(), "no_way_in": request.user.is_authenticated and not request.user.staff_role}
    template = "web/accounts/add_contract.html" if adding else "web/accounts/sign_in.html"
    return render(request, template, context, status=status)
