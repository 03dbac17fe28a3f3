"""Sign in with mail and password, follow an invitation, set a new password by a link.

The one place that takes passwords of customers' people: another way of signing in is plugged in here.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.accounts.passwords import UnfitPassword
from torhaus.accounts.reset_links import LinkOver, password_reset_for_code
from torhaus.accounts.reset_links import open_password_reset as open_reset
from torhaus.frame import sessions
from torhaus.frame.access import actor_of, public, viewer_may, viewer_of
from torhaus.frame.addresses import client_address
from torhaus.frame.entering import after_first_step
from torhaus.frame.errors import too_many
from torhaus.frame.passkey_links import remember_link
from torhaus.frame.redirects import safe_target
from torhaus.frame.throttling import count_attempt, log_failure
from torhaus.frame.viewers import unlocked_contracts
from torhaus.journeys.invite_owner import InvitationOver
from torhaus.journeys.invite_owner import accept_invitation as accept_invitation_deed
from torhaus.journeys.reset_password import reset_password as reset_password_deed
from torhaus.journeys.sign_in_person import PersonRefused, find_person
from torhaus.journeys.tasks import send_password_reset
from torhaus.organisations.passkey_links import passkey_link_for_code
from torhaus.organisations.people import invitation_for_code, open_invitation_across_customers
from torhaus.web.accounts.forms import TokenForm
from torhaus.web.people.forms import AcceptForm, LostPasswordForm, NewPasswordForm, PersonForm

RESET, INVITED = "password_reset", "invitation"


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_person(request: HttpRequest) -> HttpResponse:
    """Check mail and password; whatever fails is counted and costs the same work."""
    if request.method != "POST":
        return redirect("web:sign_in")
    attempt = count_attempt(request, door="person")
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait)
    target = safe_target(request, request.POST.get("next", ""))
    form = PersonForm(request.POST)
    if form.is_valid():
        try:
            user = find_person(mail=form.cleaned_data["mail"], password=form.cleaned_data["password"])
        except PersonRefused:
            log_failure(request, door="person", reason="refused")
            text = _("This email address and password do not belong together. Check both and try again.")
            form.add_error("password", text)
        else:
            attempt.succeeded()
            return after_first_step(request, user, door="person", target=target)
    context = {"form": TokenForm(), "person_form": form, "next": target}
    return render(request, "web/accounts/sign_in.html", context, status=422)


@viewer_may("see_dashboard", before_rules=True)
@require_safe
def choose_contract(request: HttpRequest) -> HttpResponse:
    """Show the contracts this session may look at."""
    context = {"contracts": unlocked_contracts(request), "current": viewer_of(request).contract_ref}
    return render(request, "web/people/choose_contract.html", context)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def lost_password(request: HttpRequest) -> HttpResponse:
    """Take a mail address; the answer is the same, and as quick, whether anybody has it or not (R7)."""
    if request.method != "POST":
        context = {"form": LostPasswordForm(), "sent": "sent" in request.GET}
        return render(request, "web/people/lost_password.html", context)
    attempt = count_attempt(request, door="lost_password")
    if attempt.wait:
        return too_many(request, retry_after=attempt.wait, template="asked_too_often")
    form = LostPasswordForm(request.POST)
    if not form.is_valid():
        return render(request, "web/people/lost_password.html", {"form": form}, status=422)
    # Nothing is looked up here: a job does, so that the time of this answer tells nothing.
    send_password_reset.enqueue(form.cleaned_data["mail"], client_address(request), getattr(request, "request_id", ""))
    return redirect(reverse("web:lost_password") + "?sent=1")


@public
@require_safe
def open_password_reset(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Take the code out of the address; it does not use the link up, so a scanner of mails does no harm."""
    found = password_reset_for_code(ref, code)
    _remember(request, RESET, found.ref if found else "")
    return redirect("web:reset_password")


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password(request: HttpRequest) -> HttpResponse:
    """Take the new password; every session under the old one ends (R16)."""
    reset = open_reset(str(request.session.get(RESET, "")))
    if reset is None:
        return _over(request)
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reset_password_deed(reset_ref=reset.ref, password=form.cleaned_data["password"], by=actor_of(request))
        except UnfitPassword as error:
            form.add_error("password", str(error))
        except LinkOver:
            return _over(request)
        else:
            if request.user.pk == reset.user_id:
                sessions.end(request)  # the deed ended this one too: what is said next needs a new one
            return _used_up(request, RESET, _("Your new password is set. Sign in with it."))
    context = {"form": form, "mail": reset.user.mail, "until": reset.expires_at}
    return render(request, "web/people/reset_password.html", context, status=200 if not form.is_bound else 422)


@public
@require_safe
def open_invitation(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Take the code out of the address; following it accepts nothing."""
    found = invitation_for_code(ref, code)
    _remember(request, INVITED, found.invitation if found else "")
    return redirect("web:accept_invitation")


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest) -> HttpResponse:
    """Say who invites to what; somebody new gives name and password."""
    invitation = str(request.session.get(INVITED, ""))
    row = open_invitation_across_customers(invitation)
    if row is None:
        return _over(request, invitation=True)
    known = row.person.has_usable_password()
    sent = request.method == "POST"
    form = AcceptForm(request.POST if sent and not known else None, initial={"name": row.invited_name})
    if sent and (known or form.is_valid()):
        given = {} if known else {key: form.cleaned_data[key] for key in ("name", "password")}
        try:
            accepted = accept_invitation_deed(invitation=invitation, by=actor_of(request), **given)
        except UnfitPassword as error:
            form.add_error("password", str(error))
        except InvitationOver:
            return _over(request, invitation=True)
        else:
            if accepted.passkey_link:
                remember_link(request, accepted.passkey_link)
                said = _("Your access is set up. Sign in with your email address and password, then add a passkey.")
            else:
                said = _("Your access is set up. Sign in with your email address and password.")
            return _used_up(request, INVITED, said)
    context = {"form": form, "row": row, "known": known}
    return render(request, "web/people/accept_invitation.html", context, status=422 if sent else 200)


@public
@require_safe
def open_passkey_link(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Take the code out of the address; who follows the link signs in as ever, and then adds a passkey."""
    found = passkey_link_for_code(ref, code) if ref.isascii() and "\x00" not in ref else None
    if found is None:
        log_failure(request, door="passkey_link", reason="unknown or used link")
        return _over(request, passkey=True)
    remember_link(request, found.passkey_link)
    if request.user.pk == found.person_id:
        return redirect("web:add_passkey")
    messages.info(request, _("Sign in as you did up to now, with password or code; then you add the passkey."))
    return redirect("web:sign_in")


def _remember(request: HttpRequest, key: str, ref: str) -> None:
    """Note in the session which link was followed; a code that fits nothing is logged and forgets the last one."""
    if ref:
        request.session[key] = ref
        return
    log_failure(request, door=key, reason="unknown or used link")
    request.session.pop(key, None)


def _used_up(request: HttpRequest, key: str, said: str) -> HttpResponse:
    """Forget the link that was used, and lead to where its person signs in."""
    request.session.pop(key, None)
    messages.success(request, said)
    return redirect("web:sign_in")


def _over(request: HttpRequest, **what: bool) -> HttpResponse:
    """Say that a link works no more: one for a new password, unless it is said ``what`` else (invitation, passkey)."""
    return render(request, "web/people/link_over.html", what, status=410)
