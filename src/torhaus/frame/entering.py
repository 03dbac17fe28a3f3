"""Coming in by name, for customers' people and staff alike: what follows the password, and going out again."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from torhaus.accounts.models import User
from torhaus.accounts.second_factors import has_second_factor
from torhaus.frame import sessions
from torhaus.frame.access import actor_of
from torhaus.frame.languages import remember_language
from torhaus.frame.throttling import log_success
from torhaus.frame.viewers import find_viewer, unlocked_contracts
from torhaus.journeys.sign_in_person import sign_in_person, sign_out_person
from torhaus.journeys.sign_in_staff import sign_in_staff, sign_out_staff


def after_password(request: HttpRequest, user: User, *, door: str, target: str) -> HttpResponse:
    """Ask for the second factor of whoever has one (R9); let anybody else in."""
    if request.user.is_authenticated:
        end_session(request)
    if has_second_factor(user):
        sessions.begin_pending(request, user, target=target)
        return redirect("web:second_factor")
    return enter(request, user, door=door, target=target, factor="")


def enter(request: HttpRequest, user: User, *, door: str, target: str, factor: str) -> HttpResponse:
    """Begin the session and lead on; who has several contracts chooses first."""
    if request.user.is_authenticated:
        end_session(request)
    sessions.begin_person(request, user, factor=factor)
    if user.staff_role:
        sign_in_staff(user=user, factor=factor, by=actor_of(request))
        log_success(request, door=door, who=user.ref)
        return redirect(_among_staff_pages(target))
    viewer = find_viewer(request)
    customer_ref = viewer.customer_ref if viewer else ""
    sign_in_person(user=user, factor=factor, customer_ref=customer_ref, by=actor_of(request))
    log_success(request, door=door, who=user.ref)
    onward = reverse("web:choose_contract") if len(unlocked_contracts(request)) > 1 else reverse("web:home")
    response = redirect(target or onward)
    remember_language(request, response, user.language, only_first=True)
    return response


def end_session(request: HttpRequest) -> None:
    """End the session; that of somebody with an account leaves a record by this door too."""
    user = request.user
    if user.is_authenticated and user.staff_role:
        sign_out_staff(user=user, by=actor_of(request))
    elif user.is_authenticated:
        viewer = find_viewer(request)
        sign_out_person(user=user, customer_ref=viewer.customer_ref if viewer else "", by=actor_of(request))
    sessions.end(request)


def factor_needed(user: User) -> bool:
    """Whether this person may not go on with a password alone (R5)."""
    needs = settings.OPTIONS.staff_needs_mfa
    return bool(user.staff_role) and (needs == "always" or (needs == "production" and settings.OPTIONS.production))


def factor_first(request: HttpRequest, *, unproven: bool = False) -> HttpResponse | None:
    """Lead whoever needs a second factor, and has not proved one in this session, to where they set it up.

    To an ``unproven`` page it lets whoever has none yet.
    """
    user = request.user
    if not isinstance(user, User) or request.session.get(sessions.FACTOR) or not factor_needed(user):
        return None
    return signed_in_before_factor(request) or (None if unproven else redirect("web:account"))


def signed_in_before_factor(request: HttpRequest) -> HttpResponse | None:
    """Have whoever set up a second factor elsewhere since sign in anew: this session never proved it (R18)."""
    user = request.user
    if not isinstance(user, User) or request.session.get(sessions.FACTOR) or not has_second_factor(user):
        return None
    door = "backoffice:sign_in" if user.staff_role else "web:sign_in"
    end_session(request)
    messages.error(request, _("You have set up a second factor since you signed in here. Sign in again with it."))
    return redirect(door)


def _among_staff_pages(target: str) -> str:
    """Give where staff go after signing in: only within their own pages (R28)."""
    home = reverse("backoffice:home")
    return target if target.startswith((home, reverse("web:account"))) else home
