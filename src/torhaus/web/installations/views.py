"""The pages of installations: where the product runs, how often it asked, its name and its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.core import clock
from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.lists import page_of
from torhaus.frame.navigation import address
from torhaus.frame.templatetags.torhaus import badge
from torhaus.licensing.grants import Policy, read_grants
from torhaus.licensing.installation_list import (
    USUAL_ORDER,
    Places,
    days_of_installation,
    filtered_installations,
    in_order,
    leases_of_installation,
    leases_running,
    places_of,
    quiet_after,
    shown_state,
    wanted_order,
)
from torhaus.licensing.installations import installation_of_contract
from torhaus.licensing.kept import kept_licence, licences_of
from torhaus.licensing.models import Installation, Licence, RemovedBy
from torhaus.licensing.name_installation import name_installation as name_installation_deed
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.licensing.remove_installation import remove_installation as remove_installation_deed
from torhaus.usage.queries import shares_of_source
from torhaus.web.installations.days import calls_chart
from torhaus.web.installations.forms import InstallationFilterForm, NameInstallationForm
from torhaus.web.installations.words import (
    REMOVED_BY,
    allowed_words,
    environment_text,
    lease_words,
    look_of,
    name_of,
)
from torhaus.web.words import vendor_today

PER_PAGE, REMOVED_SHOWN = 25, 5


@dataclass(frozen=True)
class Limits:
    """What a licence allows: how many places, how many at the same time, and how that stands in words."""

    licence: Licence
    policy: Policy
    words: str
    leases: int
    lease_words: str


@dataclass(frozen=True, slots=True)
class Row:
    """An installation as the list shows it; ``share`` is how often it asked, in percent of the busiest of the page."""

    ref: str
    name: str
    product: Any
    version: str
    environment: str
    counts: bool
    badge: SafeString
    last_seen_at: datetime
    calls: int
    share: int
    lease_until: datetime | None


@viewer_may("see_installations")
@require_safe
def installations(request: HttpRequest) -> HttpResponse:
    """Show what the licence allows, and the installations that the filter wants."""
    viewer, now = viewer_of(request), clock.now()
    form = InstallationFilterForm(request.GET)
    wanted = form.wanted()
    licences = licences_of(viewer.contract)
    places = places_of(viewer.contract_id)
    limits = _limits(licences, places, now)
    quiet_since = now - _quiet_after(limits)
    found = filtered_installations(viewer.contract_id, wanted, quiet_since)
    page = page_of(request.GET.get("page", ""), found.order_by().count() if places else 0, PER_PAGE)
    start, order = (page.number - 1) * PER_PAGE, wanted_order(request.GET.get("sort", ""))
    rows = list(in_order(found, order)[start : start + PER_PAGE]) if page.paginator.count else []
    page.object_list = _rows(rows, quiet_since, now, suspended=viewer.contract.suspended)
    return render(
        request,
        "web/installations/installations.html",
        {
            "contract": viewer.contract,
            "limits": limits,
            "form": form,
            "filtered": bool(wanted) or not form.is_valid(),
            "page": page,
            "sort": order,
            "usual_order": order == USUAL_ORDER,
            "any": bool(places),
            "products": len(licences) > 1,
            "floating": any(one.policy.model == "floating" for one in limits),
            "removed": sum(one.removed for one in places.values()),
            **_how_to(),
        },
    )


def _limits(licences: list[Licence], places: dict[int, Places], now: datetime) -> list[Limits]:
    policies = [read_grants(one.grants).policy for one in licences]
    floating = [one.pk for one, policy in zip(licences, policies, strict=True) if policy.model == "floating"]
    running = leases_running(floating, now) if floating else {}
    return [
        Limits(
            licence=one,
            policy=policy,
            words=allowed_words(policy, one, places.get(one.pk, Places())),
            leases=running.get(one.pk, 0),
            lease_words=lease_words(policy, running.get(one.pk, 0)) if one.pk in floating else "",
        )
        for one, policy in zip(licences, policies, strict=True)
        if one.ref
    ]


def _quiet_after(limits: list[Limits]) -> timedelta:
    return quiet_after(max((one.policy.check_hours for one in limits), default=24))


def _rows(found: list[Any], quiet_since: datetime, now: datetime, *, suspended: bool) -> list[Row]:
    most = max((one.calls for one in found), default=0) or 1
    rows = []
    for one in found:
        look = look_of(shown_state(one, quiet_since), (now - one.last_seen_at).days, suspended=suspended)
        rows.append(
            Row(
                ref=one.ref,
                name=name_of(one),
                product=one.licence.product.name,
                version=one.version,
                environment=environment_text(one.environment),
                counts=one.counts,
                badge=badge(look.tone, look.icon, str(look.text)),
                last_seen_at=one.last_seen_at,
                calls=one.calls,
                share=max(2, one.calls * 100 // most) if one.calls else 0,
                lease_until=one.lease_until,
            )
        )
    return rows


def _how_to() -> dict[str, str]:
    base = settings.OPTIONS.public_url.rstrip("/")
    return {"activate_url": f"{base}/api/v1/activate", "api_page": address("api:documentation") or ""}


@viewer_may("see_installations")
@require_safe
def installation(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one installation: what it is, how often it asked, and what it uses."""
    viewer, now = viewer_of(request), clock.now()
    one = _find(request, ref)
    _vendor, today = vendor_today(request)
    policy = read_grants(kept_licence(viewer.contract, one.licence.product).grants).policy
    state = shown_state(one, now - quiet_after(policy.check_hours))
    days = days_of_installation(one.pk, today)
    return render(
        request,
        "web/installations/installation.html",
        {
            "installation": one,
            "name": name_of(one),
            "environment": environment_text(one.environment),
            "look": look_of(state, (now - one.last_seen_at).days, suspended=viewer.contract.suspended),
            "removed_by": REMOVED_BY.get(RemovedBy(one.removed_by)) if one.removed_by else "",
            "floating": policy.model == "floating",
            "leases": leases_of_installation(one.pk, now),
            "chart": calls_chart([(day.on, day.calls) for day in days], today),
            "shares": shares_of_source(viewer.contract_id, one.ref, today),
            "may_manage": viewer.may("manage_installations") and not viewer.read_only and one.removed_at is None,
        },
    )


@viewer_may("manage_installations")
@require_http_methods(["GET", "HEAD", "POST"])
def name_installation(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask what an installation is called, and name it so."""
    one = _find_running(request, ref)
    if request.method != "POST":
        return _ask_name(request, one, NameInstallationForm(initial={"name": one.name}))
    form = NameInstallationForm(request.POST)
    if not form.is_valid():
        return _ask_name(request, one, form, status=422)
    try:
        named = name_installation_deed(
            contract_ref=viewer_of(request).contract_ref,
            installation_ref=one.ref,
            name=form.cleaned_data["name"],
            by=actor_of(request),
        )
    except UnknownInstallation:
        messages.error(request, _("This installation was removed meanwhile."))
    else:
        messages.success(request, _named(named))
    return _see_other("web:installation", one.ref)


def _named(installation: Installation) -> str:
    if not installation.name:
        return _("The installation %(ref)s has no name any more.") % {"ref": installation.ref}
    return _("The installation is now called %(name)s.") % {"name": installation.name}


def _ask_name(request: HttpRequest, one: Installation, form: NameInstallationForm, status: int = 200) -> HttpResponse:
    context = {"installation": one, "name": name_of(one), "form": form, "forms": [form]}
    return render(request, "web/installations/name_installation.html", context, status=status)


@viewer_may("manage_installations")
@require_http_methods(["GET", "HEAD", "POST"])
def remove_installation(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what it means to remove an installation, and remove it."""
    one = _find(request, ref)
    if request.method != "POST":
        if one.removed_at is not None:
            return redirect("web:installation", one.ref)
        policy = read_grants(kept_licence(viewer_of(request).contract, one.licence.product).grants).policy
        context = {"installation": one, "name": name_of(one), "limited": policy.max_installations is not None}
        return render(request, "web/installations/remove_installation.html", context)
    gone = one.removed_at is not None
    removed = remove_installation_deed(
        contract_ref=viewer_of(request).contract_ref,
        installation_ref=one.ref,
        removed_by=RemovedBy.CUSTOMER,
        by=actor_of(request),
    )
    if gone:
        messages.info(request, _("%(name)s was removed before; nothing was changed.") % {"name": name_of(removed)})
    else:
        messages.success(request, _("%(name)s is removed.") % {"name": name_of(removed)})
    return _see_other("web:installations")


def _find(request: HttpRequest, ref: str) -> Installation:
    known = ref.isascii() and "\x00" not in ref
    found = installation_of_contract(viewer_of(request).contract_id, ref) if known else None
    if found is None:
        raise Http404
    return found


def _find_running(request: HttpRequest, ref: str) -> Installation:
    found = _find(request, ref)
    if found.removed_at is not None:
        raise Http404
    return found


def _see_other(name: str, *args: str) -> HttpResponse:
    response = redirect(name, *args)
    response.status_code = 303
    return response
