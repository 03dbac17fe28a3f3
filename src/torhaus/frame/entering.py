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
from torhaus.frame.access import Viewer, actor_of
from torhaus.frame.languages import remember_language
from torhaus.frame.onward import take_onward
from torhaus.frame.passkey_links import keep_links, links_in, may_add_passkey
from torhaus.frame.signed import FACTOR, METHOD, methods_of
from torhaus.frame.throttling import log_failure, log_success
from torhaus.frame.viewers import find_viewer, today_of, unlocked_contracts
from torhaus.frame.words import method_words
from torhaus.journeys.sign_in_person import sign_in_person, sign_out_person
from torhaus.journeys.sign_in_staff import sign_in_staff, sign_out_staff
from torhaus.organisations.rules import CODE, PASSWORD, allows
from torhaus.organisations.security import rules_for_person_across_customers

# The customers at which this session's sign-in is recorded, once they are entered.
ENTERED = "entered"


def after_first_step(
    request: HttpRequest, user: User, *, door: str, target: str, method: str = PASSWORD
) -> HttpResponse:
    """Ask for the second factor of whoever has one (R9); let anybody else in."""
    target = target or take_onward(request)
    _end_other(request)
    if has_second_factor(user):
        sessions.begin_pending(request, user, target=target, method=method)
        return redirect("web:second_factor")
    return enter(request, user, door=door, target=target, factor="", method=method)


def enter(
    request: HttpRequest, user: User, *, door: str, target: str, factor: str, method: str = PASSWORD
) -> HttpResponse:
    """Begin the session and lead on; who has several contracts chooses first.

    Whom none of their customers lets in by ``method`` gets no session, but for adding a passkey by a customer's link.
    Else each customer looks at it when it is entered.
    """
    target, adding = target or take_onward(request), may_add_passkey(request, user)
    _end_other(request)
    if (said := refused_by_all(user, methods_of(method, factor))) and not adding:
        request.session.pop(sessions.PENDING, None)
        log_failure(request, door=door, reason="method")
        messages.error(request, said)
        return redirect("web:sign_in")
    sessions.begin_person(request, user, factor=factor, method=method)
    if user.staff_role:
        sign_in_staff(user=user, factor=factor, by=actor_of(request))
        log_success(request, door=door, who=user.ref)
        return redirect(_among_staff_pages(target))
    contracts = unlocked_contracts(request)
    customers = {one.customer_ref for one in contracts}
    _record_entry(request, user, customers.pop() if len(customers) == 1 else "")
    log_success(request, door=door, who=user.ref)
    onward = reverse("web:choose_contract") if len(contracts) > 1 else reverse("web:home")
    response = redirect("web:add_passkey" if adding else target or onward)
    remember_language(request, response, user.language, only_first=True)
    return response


def note_entry(request: HttpRequest, viewer: Viewer) -> None:
    """Record the sign-in of somebody who has several customers at the one whose pages they enter, once a session each."""
    user, entered = request.user, request.session.get(ENTERED)
    if entered is not None and isinstance(user, User) and not user.staff_role and viewer.customer_ref not in entered:
        _record_entry(request, user, viewer.customer_ref)


def _record_entry(request: HttpRequest, user: User, customer_ref: str) -> None:
    session = request.session
    sign_in_person(
        user=user,
        factor=session.get(FACTOR, ""),
        customer_ref=customer_ref,
        by=actor_of(request),
        by_code=session.get(METHOD, PASSWORD) == CODE,
    )
    session[ENTERED] = [*session.get(ENTERED, []), customer_ref]


def _end_other(request: HttpRequest) -> None:
    """End the session of whoever is signed in here; links that were followed before signing in go on."""
    if request.user.is_authenticated:
        links = links_in(request.session)
        end_session(request)
        keep_links(request.session, links)


def end_session(request: HttpRequest) -> None:
    """End the session; that of somebody with an account leaves a record by this door too."""
    user = request.user
    if user.is_authenticated and user.staff_role:
        sign_out_staff(user=user, by=actor_of(request))
    elif user.is_authenticated:
        viewer = find_viewer(request)
        here = viewer.customer_ref if viewer else ""
        others = sorted({one for one in request.session.get(ENTERED, []) if one} - {here})
        sign_out_person(user=user, customer_ref=here, others=others, by=actor_of(request))
    sessions.end(request)


def refused_by_all(user: User, methods: frozenset[str]) -> str:
    """Say that none of a person's customers lets them in by ``methods``, and what does; nothing if one of them does."""
    asked = [rules for _role, rules in rules_for_person_across_customers(user.pk)]
    if not asked or any(allows(rules, methods) for rules in asked):
        return ""
    ways = method_words(frozenset().union(*(rules.methods for rules in asked)))
    said = _(
        "Your organisation lets nobody in this way. Choose another one: %(ways)s. If none is open to you, ask its owner."
    )
    return said % {"ways": ways}


def factor_needed(request: HttpRequest, user: User) -> bool:
    """Whether this person may not be without a second factor: as staff, or for one of their customers (R5)."""
    today = today_of(request)
    asked = rules_for_person_across_customers(user.pk)
    return staff_factor_needed(user) or any(rules.needs_factor(role, today) for role, rules in asked)


def staff_factor_needed(user: User) -> bool:
    """Whether somebody of the staff may not go on with a password alone (R5)."""
    needs = settings.OPTIONS.staff_needs_mfa
    return bool(user.staff_role) and (needs == "always" or (needs == "production" and settings.OPTIONS.production))


def factor_first(request: HttpRequest, *, unproven: bool = False) -> HttpResponse | None:
    """Lead staff who need a second factor, and have not proved one in this session, to where they set it up.

    To an ``unproven`` page it lets whoever has none yet.
    """
    user = request.user
    if not isinstance(user, User) or request.session.get(FACTOR) or not staff_factor_needed(user):
        return None
    return signed_in_before_factor(request) or (None if unproven else redirect("web:account"))


def signed_in_before_factor(request: HttpRequest) -> HttpResponse | None:
    """Have whoever set up a second factor elsewhere since sign in anew: this session never proved it (R18)."""
    user = request.user
    if not isinstance(user, User) or request.session.get(FACTOR) or not has_second_factor(user):
        return None
    door = "backoffice:sign_in" if user.staff_role else "web:sign_in"
    end_session(request)
    messages.error(request, _("You have set up a second factor since you signed in here. Sign in again with it."))
    return redirect(door)


def _among_staff_pages(target: str) -> str:
    """Give where staff go after signing in: only within their own pages (R28)."""
    home = reverse("backoffice:home")
    return target if target.startswith((home, reverse("web:account"))) else home
