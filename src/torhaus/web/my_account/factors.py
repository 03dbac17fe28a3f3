"""One's second factors: authenticator app, passkeys, recovery codes."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from allauth.mfa.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from torhaus.accounts import second_factors as factors
from torhaus.accounts.models import User
from torhaus.core.sealed import Unreadable, seal, unseal
from torhaus.frame import passkeys
from torhaus.frame.access import actor_of, signed_in_person
from torhaus.frame.confirming import confirm_first
from torhaus.frame.entering import factor_needed, refused_by_all
from torhaus.frame.errors import too_many
from torhaus.frame.passkey_links import forget_links, links_in
from torhaus.frame.sessions import confirm
from torhaus.frame.signed import FACTOR, signed_in
from torhaus.frame.throttling import count_about
from torhaus.journeys import change_own_factors as own
from torhaus.journeys.add_passkey import add_passkey as add_passkey_deed
from torhaus.organisations.passkey_links import PasskeyNotPermitted, passkey_refused_by_across_customers
from torhaus.organisations.rules import CODE, PASSWORD
from torhaus.web.my_account.forms import AppForm, OthersForm, PasskeyForm
from torhaus.web.my_account.views import end_others
from torhaus.web.my_account.who import customer_ref, person_of

# The key of an app that is being set up waits in the session, sealed.
_KEY, _PURPOSE = "app_key", b"torhaus authenticator app v1"
TRIES = 20


@signed_in_person
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def turn_on_totp(request: HttpRequest) -> HttpResponse:
    """Show the key of a new authenticator app, and take the code that proves the app has it."""
    if again := confirm_first(request):
        return again
    user, sent = person_of(request), request.method == "POST"
    form, secret = AppForm(request.POST if sent else None), _waiting_key(request)
    if sent and (wait := count_about(user.ref, door="app", limit=TRIES)):
        return too_many(request, retry_after=wait)
    if sent and form.is_valid():
        try:
            codes = own.turn_on_totp(user=user, secret=secret, code=form.cleaned_data["code"], **_who(request))
        except factors.AlreadyOn:
            messages.error(request, _("You have an authenticator app already. Remove it first to set up another."))
            return redirect("web:account")
        except factors.WrongCode:
            said = _("This is not the code that the app shows now. Check the clock of your device and try again.")
            form.add_error("code", said)
        else:
            request.session.pop(_KEY, None)
            return _done(request, _("The authenticator app is set up."), codes, form, factor="totp")
    context = {"form": form, "groups": [secret[n : n + 4] for n in range(0, len(secret), 4)]}
    context["qr"] = _qr_of(user, secret)
    return render(request, "web/my_account/turn_on_totp.html", context, status=422 if sent else 200)


@signed_in_person
@require_http_methods(["GET", "HEAD", "POST"])
def turn_off_totp(request: HttpRequest) -> HttpResponse:
    """Say what removing the app means, and do it."""
    user = person_of(request)
    if factors.factors_of(user).totp_since is None:
        raise Http404
    return _remove(request, "web/my_account/turn_off_totp.html", {}, lambda more: own.turn_off_totp(user=user, **more))


@signed_in_person
@require_http_methods(["GET", "HEAD", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Take a new passkey."""
    if again := confirm_first(request):
        return again
    user, sent = person_of(request), request.method == "POST"
    methods, links = signed_in(request.session).methods, links_in(request.session)
    if refusing := passkey_refused_by_across_customers(user, methods, links):
        return _needs_link(request, refusing)
    form = PasskeyForm(request.POST if sent else None)
    if sent and form.is_valid():
        try:
            credential = passkeys.registered(form.cleaned_data["credential"])
            codes = add_passkey_deed(
                user=user,
                name=form.cleaned_data["name"],
                credential=credential,
                methods=methods,
                links=links,
                **_who(request),
            )
        except passkeys.PasskeyRefused:
            form.add_error("name", _("The passkey was not made, or too late. Please try again."))
        except factors.TooManyPasskeys:
            form.add_error("name", _("You have ten passkeys already. Remove one first."))
        except PasskeyNotPermitted as error:
            return _needs_link(request, error.customers)
        else:
            forget_links(request)
            return _done(request, _("The passkey is added."), codes, form, factor="passkey")
    return render(request, "web/my_account/add_passkey.html", {"form": form}, status=422 if sent else 200)


@signed_in_person
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Give the browser what a new passkey has to be."""
    if again := confirm_first(request):
        return again
    response = JsonResponse(passkeys.options_to_register(person_of(request)))
    add_never_cache_headers(response)
    return response


@signed_in_person
@require_http_methods(["GET", "HEAD", "POST"])
def remove_passkey(request: HttpRequest, ref: int) -> HttpResponse:
    """Say what removing a passkey means, and do it."""
    user = person_of(request)
    passkey = next((one for one in factors.factors_of(user).passkeys if one.ref == ref), None)
    if passkey is None:
        raise Http404
    only_way = refused_by_all(user, frozenset({PASSWORD, CODE}))
    try:
        return _remove(
            request,
            "web/my_account/remove_passkey.html",
            {"passkey": passkey},
            lambda more: own.remove_passkey(user=user, ref=ref, only_way=bool(only_way), **more),
        )
    except factors.LastPasskey:
        messages.error(request, only_way)  # it would be the last time they came in
        return redirect("web:account")


@signed_in_person
@require_http_methods(["GET", "HEAD", "POST"])
def renew_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Say that the old codes end, make new ones and show them this once."""
    if again := confirm_first(request):
        return again
    user = person_of(request)
    if not factors.has_second_factor(user):
        messages.error(request, _("Set up an authenticator app or a passkey first; recovery codes stand in for it."))
        return redirect("web:account")
    form = OthersForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        codes = own.renew_recovery_codes(user=user, **_who(request))
        return _done(request, _("New recovery codes are made; the old ones work no more."), codes, form)
    return render(request, "web/my_account/renew_recovery_codes.html", {"form": form})


def _needs_link(request: HttpRequest, customers: list[str]) -> HttpResponse:
    """Say why no passkey is added, and how one is: nobody else is to get in where only passkeys let in."""
    said = _(
        "%(customers)s lets people in by passkeys only, so a new one needs more than the way you signed in. Sign in with "
        "a passkey you have, or ask its owner or administrators to send you a link for a new one: Members & roles, your name."
    )
    messages.error(request, said % {"customers": ", ".join(customers)})
    return redirect("web:account")


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"customer_ref": customer_ref(request), "by": actor_of(request)}


def _waiting_key(request: HttpRequest) -> str:
    """Give the key of the app being set up; the same until it is, so that a mistyped code spoils nothing."""
    try:
        return unseal(request.session.get(_KEY, ""), purpose=_PURPOSE).decode()
    except Unreadable:
        secret = factors.new_totp_secret()
        request.session[_KEY] = seal(secret.encode(), purpose=_PURPOSE)
        return secret


def _qr_of(user: User, secret: str) -> str:
    """Give the address of a picture that says the key to an app; it is in the page itself, and nowhere else."""
    adapter = get_adapter()
    return "data:image/svg+xml," + quote(adapter.build_totp_svg(adapter.build_totp_url(user, secret)))


def _done(request: HttpRequest, said: str, codes: list[str], form: OthersForm, *, factor: str = "") -> HttpResponse:
    """Go on as somebody who proved the factor; show new codes here and now, since they are kept nowhere in clear."""
    confirm(request, factor=factor)
    messages.success(request, said)
    if form.cleaned_data["end_others"]:
        end_others(request)
    if codes:
        return render(request, "web/my_account/recovery_codes.html", {"codes": codes, "text": "\n".join(codes)})
    return redirect("web:account")


def _remove(
    request: HttpRequest, template: str, context: dict[str, Any], deed: Callable[[dict[str, Any]], None]
) -> HttpResponse:
    """Ask, then remove a factor and say so."""
    if again := confirm_first(request):
        return again
    user = person_of(request)
    form = OthersForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            deed(_who(request) | {"needed": factor_needed(request, user)})
            if not factors.factors_of(user).some:
                request.session[FACTOR] = ""  # what was proved by it counts no more
        except factors.UnknownFactor as error:
            raise Http404 from error
        except factors.LastFactor:
            messages.error(request, _("You need a second factor, and this is your last one. Add another first."))
            return redirect("web:account")
        return _done(request, _("It is removed."), [], form)
    return render(request, template, context | {"form": form, "factors": factors.factors_of(user)})
