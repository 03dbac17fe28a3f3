"""``GET /api/v1/licences`` and ``/status``: how licences and add-ons stand (B42, B44, B52, B75)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from torhaus.api.acting import json_answer
from torhaus.api.replies import instant_text
from torhaus.catalogue.models import ItemKind
from torhaus.core import clock
from torhaus.core.texts import text_in
from torhaus.frame.access import token_may, viewer_of
from torhaus.frame.viewers import known_vendor
from torhaus.licensing.kept import licences_of
from torhaus.licensing.models import Licence
from torhaus.licensing.rules import end_of
from torhaus.licensing.signing import ISSUER
from torhaus.licensing.standing import standing_members
from torhaus.licensing.validation import DAY
from torhaus.subscriptions.queries import Row, agreement_of, bookings_of, rows_on
from torhaus.subscriptions.rules import current_term
from torhaus.vendor.models import Vendor


@token_may("use_licence")
@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    """Give the contract's licences as they stand, and its add-ons."""
    contract, vendor, language = viewer_of(request).contract, known_vendor(request), _language()
    now, today = clock.now(), clock.today(vendor.time_zone)
    rows = rows_on(bookings_of(contract.pk), today)
    ends_on = current_term(agreement_of(contract), today).ends_on
    kept = [
        (one, standing_members(one, ISSUER.at(vendor.revision), language=language, now=now))
        for one in licences_of(contract)
    ]
    names = {_key(row): _name(row, language) for row in rows}
    add_ons = [row for row in rows if row.booking.kind == ItemKind.ADD_ON]
    said = {
        "contract": contract.number,
        "licences": [_licence(one, members, names, language) for one, members in kept],
        "add_ons": [_add_on(row, end_of(ends_on, vendor.time_zone) if ends_on else None, vendor) for row in add_ons],
    }
    return json_answer(said)


@token_may("use_licence")
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Give in short how the contract stands, as a product's settings page shows it."""
    viewer, vendor, now = viewer_of(request), known_vendor(request), clock.now()
    kept = licences_of(viewer.contract)
    members = standing_members(kept[0], ISSUER.at(vendor.revision), language=_language(), now=now)
    said = {
        "contract": viewer.contract_number,
        "customer": viewer.customer_number,
        "token": viewer.token_public_id,
        "licences": len(kept),
        "checked_at": instant_text(now),
        "vendor": {"name": vendor.name, "sales_mail": vendor.sales_mail, "sales_phone": vendor.sales_phone},
        "valid": members["valid"],
        "code": members["code"],
        "access": members["access"],
        "enforcement": members["enforcement"],
        "message": members["message"],
        "days_left": members["licence"]["days_left"],
        "trial": members["trial"],
    }
    return json_answer(said)


def _licence(row: Licence, members: Mapping[str, Any], names: Mapping[str, str], language: str) -> dict[str, Any]:
    its, installations = members["licence"], members["limits"]["installations"]
    return {
        "ref": row.ref,
        "product": its["product"],
        "product_name": text_in(row.product.name, language) or its["product"],
        "kind": its["kind"],
        "edition": its["edition"],
        "environment": its["environment"],
        "created_at": instant_text(row.created_at),
        "starts_at": its["starts_at"],
        "ends_at": its["ends_at"],
        "days_left": its["days_left"],
        "valid": members["valid"],
        "code": members["code"],
        "access": members["access"],
        "enforcement": members["enforcement"],
        "message": members["message"],
        "items": [one | {"name": names.get(one["key"]) or one["key"]} for one in members["items"]],
        "limits": members["limits"],
        "installations": {"used": installations["used"], "max": installations["max"]},
    }


def _add_on(row: Row, contract_ends_at: datetime | None, vendor: Vendor) -> dict[str, Any]:
    booking, language = row.booking, _language()
    own = end_of(row.ends_on, vendor.time_zone) if row.ends_on else None
    ends_at = min((one for one in (own, contract_ends_at) if one is not None), default=None)
    left = None if ends_at is None else max(0, int((ends_at - clock.now()).total_seconds()) // DAY)
    return {
        "key": _key(row),
        "name": _name(row, language),
        "quantity": booking.quantity,
        "state": str(row.state),
        "starts_on": row.starts_on.isoformat() if row.starts_on else None,
        "ends_on": row.ends_on.isoformat() if row.ends_on else None,
        "days_left": left,
    }


def _key(row: Row) -> str:
    return row.booking.item.key if row.booking.item else row.booking.line


def _name(row: Row, language: str) -> str:
    """Give what was written into the booking, else what the catalogue calls it."""
    booking = row.booking
    return booking.name or (text_in(booking.item.name, language) if booking.item else "") or _key(row)


def _language() -> str:
    return (get_language() or "en")[:2]
