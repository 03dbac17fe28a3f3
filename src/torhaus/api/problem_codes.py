"""Every code with which the API refuses, each with an example: the one list behind document, page and tests."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from torhaus.api.bodies import BODY_LIMIT
from torhaus.api.refusals import REFUSALS, refused
from torhaus.frame import problems

_REQUEST_ID = "5f0c8b3e9a7d4c21b6e0f1a2d3c4b5a6"
# What any address of the API may refuse, by code.
GENERAL: Mapping[str, Callable[[HttpRequest], HttpResponse]] = {
    "bad_request": problems.bad_request,
    "invalid_parameter": lambda asked: problems.invalid_parameter(asked, "channel", "stable, rc, beta"),
    "invalid_json": problems.invalid_json,
    "invalid_idempotency_key": problems.invalid_idempotency_key,
    "token_missing": problems.no_token,
    "token_invalid": problems.bad_token,
    "forbidden": problems.forbidden,
    "https_required": problems.no_encryption,
    "not_found": problems.not_found,
    "link_unusable": problems.link_over,
    "method_not_allowed": lambda asked: problems.not_allowed(asked, allow="POST"),
    "not_acceptable": problems.not_acceptable,
    "request_in_progress": problems.in_progress,
    "idempotent_reply_lost": problems.reply_lost,
    "length_required": problems.length_required,
    "body_too_large": lambda asked: problems.body_too_large(asked, limit=BODY_LIMIT),
    "unsupported_media_type": problems.not_json,
    "invalid_body": lambda asked: problems.invalid_body(
        asked, errors=[{"pointer": "/fingerprint", "detail": problems.missing_member()}]
    ),
    "idempotency_key_reused": problems.key_reused,
    "too_many_requests": lambda asked: problems.too_many(asked, retry_after=12),
    "server_error": problems.server_error,
    "database_unavailable": problems.database_unavailable,
    "unavailable": lambda asked: problems.unavailable(asked, retry_after=60),
}
# A subject that shows where it stands in the sentence.
_NAMED = {"unknown_meter": "objects", "kind_mismatch": "r-1"}


def all_codes() -> list[str]:
    """Give every code there is, by status, then in the order of the lists."""
    return sorted([*GENERAL, *REFUSALS], key=lambda code: example(code)["status"])


def example(code: str) -> dict[str, Any]:
    """Give a problem as it is answered, in the current language."""
    asked = HttpRequest()
    asked.request_id = _REQUEST_ID  # type: ignore[attr-defined]  # as the middleware sets it
    answer = GENERAL[code](asked) if code in GENERAL else refused(asked, code, name=_NAMED.get(code, "r-1"))
    said: dict[str, Any] = json.loads(answer.content)
    return said
