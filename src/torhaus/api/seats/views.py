"""``GET /api/v1/seats``, ``/seats/changes``, ``/account``: who holds what, and what is booked, used and free (B76, B77, B97)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torhaus.api.acting import json_answer
from torhaus.api.refusals import refused
from torhaus.api.seats.replies import change_said, seat_said
from torhaus.catalogue.models import ItemKind
from torhaus.catalogue.queries import seat_kinds_named
from torhaus.core import clock
from torhaus.core.texts import text_in
from torhaus.frame import problems
from torhaus.frame.access import token_may, viewer_of
from torhaus.frame.viewers import known_vendor
from torhaus.seats.changes import CursorUnknown
from torhaus.seats.changes import seat_changes as changes_of
from torhaus.seats.queries import KindStanding, in_force_today, owned_by_kind, seat_of, seat_standing, seats_of
from torhaus.subscriptions.education import education_of
from torhaus.subscriptions.models import EducationRequest
from torhaus.subscriptions.queries import agreement_of, key_of
from torhaus.subscriptions.rules import Standing, standing

PAGE = 500


@token_may("use_seats")
@require_safe
def seats(request: HttpRequest) -> HttpResponse:
    """Give the seats that are held, a page of them."""
    contract = viewer_of(request).contract
    kind, after, host = (request.GET.get(name, "") for name in ("kind", "after", "created_by"))
    # PostgreSQL takes no NUL, and nothing here has a name with one.
    if kind and ("\x00" in kind or kind not in seat_kinds_named([kind])):
        return refused(request, "unknown_seat_kind", name=kind[:60])
    named = {ref: None if "\x00" in ref else seat_of(contract, ref) for ref in (after, host) if ref}
    for ref, one in named.items():
        if one is None:
            return refused(request, "seat_unknown", name=ref[:40])
    found = seats_of(contract, kind=kind, created_by=named.get(host), after=after, limit=PAGE + 1)
    page = found[:PAGE]
    more = page[-1].ref if len(found) > PAGE else None
    return json_answer({"seats": [seat_said(one) for one in page], "next": more})


@token_may("use_seats")
@require_safe
def seat_changes(request: HttpRequest) -> HttpResponse:
    """Give what happened to seats behind a cursor, a page of it."""
    said = request.GET.get("after", "0")
    if not (said.isascii() and said.isdigit() and len(said) < 16):
        return problems.invalid_parameter(request, "after", _("a number, the “cursor” of the answer before"))
    after = int(said)
    try:
        found = changes_of(viewer_of(request).contract, after=after, limit=PAGE + 1)
    except CursorUnknown:
        return refused(request, "cursor_unknown", name=said)
    page = found[:PAGE]
    cursor = page[-1].sequence if page else after
    return json_answer({"events": [change_said(one) for one in page], "cursor": cursor, "more": len(found) > PAGE})


@token_may("use_licence")
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Give the account status: package, term, and of each kind of seat what is booked, used and free."""
    viewer, vendor, language = viewer_of(request), known_vendor(request), (get_language() or "en")[:2]
    contract, today = viewer.contract, clock.today(vendor.time_zone)
    stands = standing(agreement_of(contract), today)
    plans = [one for one in in_force_today(contract, today) if one.kind == ItemKind.PLAN]
    owned = owned_by_kind(contract)
    return json_answer(
        {
            "contract": viewer.contract_number,
            "customer": viewer.customer_number,
            "kind": str(contract.kind),
            "state": str(stands.status),
            "plans": [
                {
                    "key": key_of(one),
                    "name": one.name or (text_in(one.item.name, language) if one.item else "") or key_of(one),
                }
                for one in plans
            ],
            "term": _term(stands, contract.term_months, auto_renews=contract.auto_renews),
            "education": _education(education_of(contract.pk, today).in_force, language),
            "seats": [_kind(one, language, owned) for one in seat_standing(contract, today)],
        }
    )


def _term(stands: Standing, months: int | None, *, auto_renews: bool) -> dict[str, Any]:
    last, cancel = stands.term.ends_on, stands.cancellation
    return {
        "months": months,
        "starts_on": stands.term.starts_on.isoformat(),
        "ends_on": last.isoformat() if last else None,
        "auto_renews": auto_renews,
        "notice_days": stands.notice_days,
        "cancel_by": cancel.by.isoformat() if cancel else None,
    }


def _education(mark: EducationRequest | None, language: str) -> dict[str, Any] | None:
    if mark is None or mark.starts_on is None or mark.ends_on is None:
        return None
    return {
        "key": mark.category.key,
        "name": text_in(mark.category.name, language) or mark.category.key,
        "starts_on": mark.starts_on.isoformat(),
        "ends_on": mark.ends_on.isoformat(),
    }


def _kind(row: KindStanding, language: str, owned: Mapping[int, int]) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": (text_in(row.item.name, language) if row.item else "") or row.key,
        "personal": row.detail.personal if row.detail else True,
        "release_deletes": row.detail.release_deletes if row.detail else False,
        "booked": row.count.booked,
        "used": row.count.used,
        "invited": row.count.invited,
        "available": row.count.available,
        "over": row.count.over,
        "owned_bytes": owned.get(row.item.pk, 0) if row.item else 0,
    }
