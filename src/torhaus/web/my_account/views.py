"""My account: password, language, sessions, and the overview of all that."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.accounts import change_password as own
from torhaus.accounts import open_sessions
from torhaus.accounts.models import User
from torhaus.accounts.passwords import UnfitPassword
from torhaus.accounts.second_factors import factors_of
from torhaus.frame import sessions
from torhaus.frame.access import actor_of, signed_in_person
from torhaus.frame.devices import device_of
from torhaus.frame.entering import signed_in_before_factor, staff_factor_needed
from torhaus.frame.errors import too_many
from torhaus.frame.languages import remember_language
from torhaus.frame.redirects import safe_target
from torhaus.frame.signed import FACTOR
from torhaus.frame.throttling import Attempt, attempt_about, count_attempt, log_failure
from torhaus.journeys.change_password import change_password as change_password_deed
from torhaus.web.my_account.forms import ChangePasswordForm, ConfirmForm, LanguageForm
from torhaus.web.my_account.who import customer_ref, person_of

# So often somebody who is signed in may get the password wrong within ten minutes.
PASSWORDS = 10


@signed_in_person
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show how one proves who one is, and where one is signed in."""
    user, key = person_of(request), request.session.session_key
    options = settings.OPTIONS
    rows = open_sessions.sessions_of(
        user, idle_seconds=options.session_idle_minutes * 60, absolute_seconds=options.session_hours * 3600
    )
    context = {
        "person": user,
        "factors": factors_of(user),
        "owes_factor": staff_factor_needed(user) and not request.session.get(FACTOR),
        "sessions": [(row, device_of(row.agent), row.key == key) for row in rows[:50]],
        "language_form": LanguageForm(initial={"language": user.language}),
    }
    return render(request, "web/my_account/account.html", context)


@signed_in_person
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_person(request: HttpRequest) -> HttpResponse:
    """Ask for the password before something important; then go on there."""
    user, sent = person_of(request), request.method == "POST"
    form = ConfirmForm(request.POST if sent else None)
    target = safe_target(request, request.POST.get("next") or request.GET.get("next", ""))
    attempts = _attempts(request, user) if sent else ()
    if wait := max((one.wait for one in attempts), default=0):
        return too_many(request, retry_after=wait)
    if attempts and form.is_valid() and _knows(request, user, form, "password"):
        _take_back(attempts)
        sessions.confirm(request)
        return redirect(target or "web:account")
    context = {"form": form, "next": target, "person": user}
    return render(request, "web/my_account/confirm_person.html", context, status=422 if sent else 200)


@signed_in_person
@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Take the current password and a new one; every other session ends."""
    if anew := signed_in_before_factor(request):
        return anew
    user, sent = person_of(request), request.method == "POST"
    form = ChangePasswordForm(request.POST if sent else None)
    attempts = _attempts(request, user) if sent else ()
    if wait := max((one.wait for one in attempts), default=0):
        return too_many(request, retry_after=wait)
    if attempts and form.is_valid() and _knows(request, user, form, "current") and _changed(request, user, form):
        _take_back(attempts)
        messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
        return redirect("web:account")
    context = {"form": form, "person": user}
    return render(request, "web/my_account/change_password.html", context, status=422 if sent else 200)


@signed_in_person
@require_POST
def change_language(request: HttpRequest) -> HttpResponse:
    """Keep the language, for pages here and for mails."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the languages."))
        return redirect("web:account")
    language = form.cleaned_data["language"]
    own.change_language(
        user=person_of(request), language=language, customer_ref=customer_ref(request), by=actor_of(request)
    )
    response = redirect("web:account")
    remember_language(request, response, language)
    with override(language):
        messages.success(request, _("The language is changed."))
    return response


@signed_in_person
@require_POST
def end_own_session(request: HttpRequest, ref: str) -> HttpResponse:
    """End one of one's sessions."""
    try:
        open_sessions.end_own_session(
            user=person_of(request), ref=ref, customer_ref=customer_ref(request), by=actor_of(request)
        )
    except open_sessions.UnknownSession as error:
        raise Http404 from error
    messages.success(request, _("The session is ended."))
    return redirect("web:account")


@signed_in_person
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of one's sessions but this one."""
    end_others(request)
    return redirect("web:account")


def end_others(request: HttpRequest) -> None:
    """End the other sessions and say how many there were."""
    count = open_sessions.end_other_sessions(
        user=person_of(request),
        keep=request.session.session_key or "",
        customer_ref=customer_ref(request),
        by=actor_of(request),
    )
    said = ngettext("%(count)s other session is ended.", "%(count)s other sessions are ended.", count)
    messages.success(request, said % {"count": count} if count else _("You were signed in nowhere else."))


def _attempts(request: HttpRequest, user: User) -> tuple[Attempt, ...]:
    """Count a try at the password, at the address and at the person; those that succeed are taken back."""
    about = attempt_about(user.ref, door="confirm", limit=PASSWORDS)
    return count_attempt(request, door="confirm"), about


def _take_back(attempts: Iterable[Attempt]) -> None:
    for one in attempts:
        one.succeeded()


def _knows(request: HttpRequest, user: User, form: ConfirmForm | ChangePasswordForm, field: str) -> bool:
    try:
        own.require_password(user=user, password=form.cleaned_data[field])
    except own.WrongPassword:
        log_failure(request, door="confirm", reason="refused")
        form.add_error(field, _("This is not your password. Check it and try again."))
        return False
    return True


def _changed(request: HttpRequest, user: User, form: ChangePasswordForm) -> bool:
    try:
        changed = change_password_deed(
            user=user,
            password=form.cleaned_data["password"],
            keep=request.session.session_key or "",
            customer_ref=customer_ref(request),
            by=actor_of(request),
        )
    except UnfitPassword as error:
        form.add_error("password", str(error))
        return False
    except own.WrongPassword:
        form.add_error("current", _("This is not your password. Check it and try again."))
        return False
    sessions.keep_after_password(request, changed)
    return True
