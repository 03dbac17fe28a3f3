"""The OpenAPI document at ``/api/v1/openapi.json`` and the page at ``/api/``, both for everybody."""

import hashlib
import json
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from torhaus.api.documentation.described import codes, operations
from torhaus.api.openapi import document
from torhaus.api.operations import OPERATIONS
from torhaus.frame.access import public, public_file

_MAX_AGE = 300
SEATS = "seats"
_OF_SEATS = ("/api/v1/seats", "/api/v1/account", "/api/v1/booking-links")


@public_file
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the OpenAPI document. It is the same for everybody, so it is cached."""
    text = _text(settings.OPTIONS.public_url)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    response = HttpResponse(text, content_type="application/json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}"
    # Tools on other machines read it with a browser; it holds nothing of anybody.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return get_conditional_response(request, etag=etag, response=response) or response


@public
@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    """Show what the API takes and answers, with an example of each operation: of licences, or with ``part`` of seats."""
    portal, part = settings.OPTIONS.public_url.rstrip("/"), request.GET.get("part", "")
    shown = [one for one in operations(portal) if (part == SEATS) == one.operation.path.startswith(_OF_SEATS)]
    # Codes that no operation names may come from any.
    elsewhere = {code for one in OPERATIONS for code in one.refusals}
    elsewhere -= {code for one in shown for code in one.operation.refusals}
    its_codes = [one for one in codes() if one.code not in elsewhere]
    context = {"portal": portal, "operations": shown, "codes": its_codes, "seats": part == SEATS}
    return render(request, "api/documentation.html", context)


@lru_cache(maxsize=4)
def _text(server: str) -> str:
    return json.dumps(document(server), ensure_ascii=False, separators=(",", ":"))
