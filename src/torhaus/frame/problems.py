"""Refusals for programs: problem details (RFC 9457), each with a code that stays and a sentence that says what to do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _

API = "/api/"
CONTENT_TYPE = "application/problem+json"
_TYPE = "urn:torhaus:problem:"


def wants_problem(request: HttpRequest) -> bool:
    """Whether a program asks: at an address of the API, or at one where it brought a licence token."""
    return request.path_info.startswith(API) or bool(request.__dict__.get("by_token"))


def mark_program(request: HttpRequest) -> None:
    """Remember that this request brought a licence token, so that its refusals are problems."""
    request.__dict__["by_token"] = True


def brings_token(request: HttpRequest) -> bool:
    """Whether a request brings credentials of the bearer scheme (RFC 6750), good or bad."""
    return request.headers.get("Authorization", "")[:7].lower() == "bearer "


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    *,
    title: str,
    detail: str,
    headers: dict[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Give a refusal with a stable ``code``; ``title`` says what it is, ``detail`` what to do now.

    ``more`` are members of this refusal alone.
    """
    body: dict[str, Any] = {
        "type": _TYPE + code,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request, "request_id", ""),
    } | dict(more or {})
    answer = HttpResponse(json.dumps(body, ensure_ascii=False) + "\n", status=status, content_type=CONTENT_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        answer.headers[name] = value
    return answer


def bad_request(request: HttpRequest) -> HttpResponse:
    """400: the request makes no sense."""
    return problem(
        request,
        400,
        "bad_request",
        title=_("The request cannot be read"),
        detail=_("Check its address, headers and host name against the documentation of the API."),
    )


def invalid_parameter(request: HttpRequest, name: str, expected: str) -> HttpResponse:
    """400: a parameter of the address has a value that cannot be; ``expected`` says which can."""
    return problem(
        request,
        400,
        "invalid_parameter",
        title=_("A parameter has an unknown value"),
        detail=_("The parameter “%(name)s” takes %(expected)s.") % {"name": name, "expected": expected},
    )


def no_token(request: HttpRequest) -> HttpResponse:
    """401: the request brings no licence token."""
    return problem(
        request,
        401,
        "token_missing",
        title=_("The licence token is missing"),
        detail=_("Send the contract’s licence token in the header “Authorization: Bearer …”."),
        headers={"WWW-Authenticate": 'Bearer realm="torhaus"'},
    )


def bad_token(request: HttpRequest) -> HttpResponse:
    """401: the licence token does not work. Mistyped, unknown, expired and revoked read alike."""
    return problem(
        request,
        401,
        "token_invalid",
        title=_("The licence token does not work"),
        detail=_("It is incomplete or unknown, has expired or was revoked. Copy it again, or have a new one issued."),
        headers={"WWW-Authenticate": 'Bearer realm="torhaus", error="invalid_token"'},
    )


def forbidden(request: HttpRequest) -> HttpResponse:
    """403: the token's role lacks the right."""
    return problem(
        request,
        403,
        "forbidden",
        title=_("This licence token may not do that"),
        detail=_("Ask the person who manages your contract, or our support."),
    )


def no_encryption(request: HttpRequest) -> HttpResponse:
    """403: the call came unencrypted, and its token with it; it is refused and not led on (R29)."""
    return problem(
        request,
        403,
        "https_required",
        title=_("The connection is not encrypted"),
        detail=_("Use https. If the request carried a licence token, have a new one issued: others may have read it."),
    )


def not_found(request: HttpRequest) -> HttpResponse:
    """404: there is nothing, or nothing of this contract's."""
    return problem(
        request,
        404,
        "not_found",
        title=_("There is nothing at this address"),
        detail=_("The address is mistyped, the thing is gone, or it belongs to another contract."),
    )


def link_over(request: HttpRequest) -> HttpResponse:
    """404: a link to a file is altered, is over, or belongs to another contract."""
    return problem(
        request,
        404,
        "link_unusable",
        title=_("This link does not work, or no more"),
        detail=_("Ask the API for the downloads again: its answer holds fresh links. They work with the same token."),
    )


def not_allowed(request: HttpRequest, *, allow: str) -> HttpResponse:
    """405: the address takes other methods."""
    return problem(
        request,
        405,
        "method_not_allowed",
        title=_("This method is not taken here"),
        detail=_("This address takes: %(methods)s.") % {"methods": allow},
        headers={"Allow": allow},
    )


def not_acceptable(request: HttpRequest) -> HttpResponse:
    """406: the caller takes no JSON."""
    return problem(
        request,
        406,
        "not_acceptable",
        title=_("The answer is only available as JSON"),
        detail=_("Ask for “application/json” in the header Accept, or leave that header out."),
    )


def invalid_json(request: HttpRequest) -> HttpResponse:
    """400: the body is no JSON object in UTF-8, or a name stands in it twice."""
    return problem(
        request,
        400,
        "invalid_json",
        title=_("The body is not readable JSON"),
        detail=_("Send one JSON object in UTF-8 in which no name stands twice."),
    )


def invalid_idempotency_key(request: HttpRequest) -> HttpResponse:
    """400: the header Idempotency-Key is too long or has other characters than visible ones of ASCII."""
    return problem(
        request,
        400,
        "invalid_idempotency_key",
        title=_("The idempotency key cannot be used"),
        detail=_("Send 1 to 255 visible ASCII characters in the header Idempotency-Key, a UUID for example."),
    )


def in_progress(request: HttpRequest) -> HttpResponse:
    """409: a request with this idempotency key is being worked on (R73)."""
    return problem(
        request,
        409,
        "request_in_progress",
        title=_("This request is being worked on"),
        detail=_("Send it again in a second, with the same idempotency key: you then get its reply."),
        headers={"Retry-After": "1"},
    )


def reply_lost(request: HttpRequest) -> HttpResponse:
    """409: what this idempotency key asked for was done, under a secret key that the server has no more (R73)."""
    return problem(
        request,
        409,
        "idempotent_reply_lost",
        title=_("This was done, and its reply can no longer be read"),
        detail=_("The server’s secret key was changed since. See what there is now, and ask anew with a new key."),
    )


def length_required(request: HttpRequest) -> HttpResponse:
    """411: the body comes in pieces of unknown number; it was not read."""
    return problem(
        request,
        411,
        "length_required",
        title=_("The length of the body is missing"),
        detail=_("Send the body whole, with the header Content-Length, and not in chunks."),
    )


def body_too_large(request: HttpRequest, *, limit: int) -> HttpResponse:
    """413: the body is longer than ``limit`` bytes; it was not read."""
    return problem(
        request,
        413,
        "body_too_large",
        title=_("The body is too large"),
        detail=_("Send at most %(limit)s bytes; split what is longer into several requests.") % {"limit": limit},
    )


def not_json(request: HttpRequest) -> HttpResponse:
    """415: the body is of another kind than JSON."""
    return problem(
        request,
        415,
        "unsupported_media_type",
        title=_("The body is not sent as JSON"),
        detail=_("Send it as JSON, with the header “Content-Type: application/json”."),
        headers={"Accept": "application/json"},
    )


def invalid_body(request: HttpRequest, *, errors: Sequence[Mapping[str, str]]) -> HttpResponse:
    """422: members are missing or of another type; ``errors`` point to each and say what it takes."""
    return problem(
        request,
        422,
        "invalid_body",
        title=_("Something in the body cannot be"),
        detail=_("“errors” names each member and what it takes. Nothing was changed."),
        more={"errors": list(errors)},
    )


def missing_member() -> str:
    """Say that a member of the body is missing."""
    return _("This member is missing.")


def key_reused(request: HttpRequest) -> HttpResponse:
    """422: the idempotency key was sent before, with another request (R73)."""
    return problem(
        request,
        422,
        "idempotency_key_reused",
        title=_("This idempotency key belongs to another request"),
        detail=_("Use a new key for each new request, and the same one only to repeat it. Nothing was changed."),
    )


def too_many(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """429: wait ``retry_after`` seconds."""
    return problem(
        request,
        429,
        "too_many_requests",
        title=_("Too many requests"),
        detail=_("Try again in %(seconds)d seconds.") % {"seconds": retry_after},
        headers={"Retry-After": str(retry_after)},
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the request id leads to the log entry."""
    return problem(
        request,
        500,
        "server_error",
        title=_("Something went wrong here"),
        detail=_("Try again later. If it goes on, tell our support the request id."),
    )


def unavailable(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """503: busy, or not set up; nothing was changed."""
    return problem(
        request,
        503,
        "unavailable",
        title=_("Not available just now"),
        detail=_("Nothing was changed. Try again in %(seconds)d seconds.") % {"seconds": retry_after},
        headers={"Retry-After": str(retry_after)},
    )


def database_unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database does not answer (R80)."""
    return problem(
        request,
        503,
        "database_unavailable",
        title=_("The database does not answer just now"),
        detail=_("Go on by the last answer as long as it holds, and ask again in %(seconds)d seconds.")
        % {"seconds": 5},
        headers={"Retry-After": "5"},
    )


def refuse_plain_calls(get_response: Any) -> Any:
    """Refuse what a program sends unencrypted where HTTPS is on, before anything redirects it (ASVS 4.1.2, R29)."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        # The documentation itself, at /api/, is a page: people are led on.
        program = (request.path_info.startswith(API) and request.path_info != API) or brings_token(request)
        if settings.OPTIONS.https and program and not request.is_secure():
            with translation.override(translation.get_language_from_request(request)):
                return no_encryption(request)
        answer: HttpResponseBase = get_response(request)
        return answer

    return handle
