"""The short path of ``validate`` and ``heartbeat``: answered in front of Django's handler, by one statement.

It answers what is well formed, and refuses what comes too often or cannot be a token. Everything else (a body that
cannot be, a token that does not work, odd headers) it leaves to the ordinary view, which says the same things at
leisure: ``answer`` then gives None, and the request is as it was.
"""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.utils import translation
from pydantic import ValidationError

from torhaus.accounts.queries import AHEAD, WINDOW
from torhaus.api.bodies import BODY_LIMIT, HeartbeatBody, ValidateBody
from torhaus.api.licensing.asked import Asked
from torhaus.api.refusals import refused
from torhaus.api.strict import strict_object
from torhaus.core import clock
from torhaus.frame import logs, problems
from torhaus.frame.addresses import address_in, throttle_source
from torhaus.frame.bearer import BEARER_COUNTED, COUNTED
from torhaus.frame.languages import CODES
from torhaus.frame.metrics import METRICS
from torhaus.frame.middleware import REQUEST_ID
from torhaus.frame.rates import PER_ADDRESS, PER_TOKEN
from torhaus.licensing.adapters.hot_row import DatabaseGone
from torhaus.licensing.adapters.hot_statement import HotRow
from torhaus.licensing.hot_answer import Asking, answer_by, fetch_for
from torhaus.licensing.secrets import same_secret
from torhaus.licensing.seen import SEEN
from torhaus.vendor.keys import NoSigningKey, UnreadableKey
from torhaus_sdk.refusals import Malformed
from torhaus_sdk.tokens import MalformedToken, Token, parse_token

_log = logging.getLogger(__name__)
_LONGEST_HEADER = 200
_AHEAD, _WINDOW = -AHEAD.total_seconds(), WINDOW.total_seconds()


@dataclass(frozen=True)
class Operation:
    """What an address of the short path does."""

    name: str
    read: Callable[[bytes], Asked]


def _reading(model: type[ValidateBody]) -> Callable[[bytes], Asked]:
    """Give what reads a body as the ordinary view does: strictly, a member named twice refused."""
    take: Callable[[Any], ValidateBody] = model.__pydantic_validator__.validate_python
    return lambda raw: Asked(raw, take(strict_object(raw)))


OPERATIONS: Mapping[str, Operation] = {
    "/api/v1/validate": Operation("validate", _reading(ValidateBody)),
    "/api/v1/heartbeat": Operation("heartbeat", _reading(HeartbeatBody)),
}


class Reply(NamedTuple):
    """An answer for the server: status line, headers, body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def answer(environ: dict[str, Any]) -> Reply | None:
    """Answer a request (PEP 3333) if it is one of the short path's; None leaves it to Django."""
    operation = OPERATIONS.get(environ.get("PATH_INFO", ""))
    if operation is None or environ["REQUEST_METHOD"] != "POST" or not _is_plain(environ):
        return None
    began = time.perf_counter()
    given = environ.get("HTTP_X_REQUEST_ID", "")
    request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
    marked = logs.request_id.set(request_id)
    try:
        reply, code = _answer(environ, operation, request_id)
    except Exception:  # noqa: BLE001 - the ordinary way may know better; it answers faults, too
        _log.exception("left to the ordinary way", extra={"event": {"path": environ["PATH_INFO"]}})
        reply, code = None, ""
    finally:
        logs.request_id.reset(marked)
    if reply is None:
        environ["HTTP_X_REQUEST_ID"] = request_id
        return None
    METRICS.count(operation.name, code, time.perf_counter() - began)
    return reply


def _answer(environ: dict[str, Any], operation: Operation, request_id: str) -> tuple[Reply | None, str]:
    raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = BytesIO(raw)
    try:
        asked = operation.read(raw)
    except (ValidationError, Malformed):
        return None, ""
    address = _source_of(environ)
    if wait := PER_ADDRESS.wait(address):
        return _problem(environ, request_id, lambda asked: problems.too_many(asked, retry_after=wait))
    environ[COUNTED] = True
    try:
        token = parse_token(environ["HTTP_AUTHORIZATION"][7:])
    except MalformedToken:
        # Mistyped: its checksum says so, and nobody need be asked.
        return _problem(environ, request_id, problems.bad_token)
    try:
        return _ask(environ, operation, asked, token, f"token:{address}", request_id)
    except (DatabaseGone, InterfaceError, OperationalError):
        _log.warning("the database does not answer")
        return _problem(environ, request_id, problems.database_unavailable)
    except (NoSigningKey, UnreadableKey) as error:
        _log.error("answers cannot be signed: %s", error)
        return _problem(environ, request_id, lambda asked: refused(asked, "cannot_sign"))


def _ask(
    environ: dict[str, Any], operation: Operation, asked: Asked, token: Token, source: str, request_id: str
) -> tuple[Reply | None, str]:
    accepted = environ.get("HTTP_ACCEPT_LANGUAGE", "")
    body = asked.body
    asking = Asking(
        source=source,
        public_id=token.public_id,
        product=body.product or "",
        installation=body.installation or "",
        holder=asked.holder,
        nonce=body.nonce or "",
        heartbeat=operation.name == "heartbeat",
        said=asked.said,
        question=asked.question,
        language=lambda usual: _language(accepted, usual),
    )
    row, now = fetch_for(asking), int(clock.now().timestamp())
    if row is None or not _works(row, token, now):
        return None, ""
    if wait := PER_TOKEN.wait(token.public_id):
        return _problem(environ, request_id, lambda asked: problems.too_many(asked, retry_after=wait))
    environ[BEARER_COUNTED] = True
    answered = answer_by(row, asking, now)
    if answered is None:
        return None, ""
    SEEN.note(answered.installation_id, row.token_id, now)
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(answered.body))),
        ("Cache-Control", "no-store"),
        *_usual_headers(request_id),
    ]
    return Reply("200 OK", headers, answered.body), answered.code


def _usual_headers(request_id: str) -> list[tuple[str, str]]:
    """Give what Django's middleware adds to every answer (ASVS 3.4.1, 3.4.4, 3.4.5), as far as JSON needs it."""
    found = [
        ("Vary", "Accept-Language"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("X-Request-ID", request_id),
    ]
    if settings.OPTIONS.https:
        found.append(("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"))
    return found


def _is_plain(environ: Mapping[str, Any]) -> bool:
    """Whether a request is of the usual kind: encrypted where that is asked, for this host, JSON of a usual size."""
    get, options = environ.get, settings.OPTIONS
    length = get("CONTENT_LENGTH") or ""
    accept = get("HTTP_ACCEPT", "*/*")
    return (
        get("HTTP_AUTHORIZATION", "")[:7].lower() == "bearer "
        and length.isascii()
        and length.isdigit()
        and len(length) < 6
        and 0 < int(length) <= BODY_LIMIT
        and get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == "application/json"
        and ("*/*" in accept or "application/json" in accept)
        and len(get("HTTP_ACCEPT_LANGUAGE", "")) <= _LONGEST_HEADER
        and "HTTP_COOKIE" not in environ
        and "HTTP_TRANSFER_ENCODING" not in environ
        and (not options.https or _encrypted(environ))
        and _is_host(get("HTTP_HOST", "")[:_LONGEST_HEADER], tuple(settings.ALLOWED_HOSTS))
    )


def _encrypted(environ: Mapping[str, Any]) -> bool:
    # Of anybody but a trusted proxy the header was dropped before.
    said = environ.get("HTTP_X_FORWARDED_PROTO")
    scheme = environ["wsgi.url_scheme"] if said is None else said.partition(",")[0].strip()
    return bool(scheme == "https")


@lru_cache(maxsize=256)
def _is_host(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _source_of(environ: Mapping[str, Any]) -> str:
    """Give what is counted for the client's address."""
    options = settings.OPTIONS
    remote = environ.get("REMOTE_ADDR", "")
    if not options.trusted_proxies:
        return _source(remote)
    return _source(address_in(environ))


@lru_cache(maxsize=4096)
def _source(address: str) -> str:
    return throttle_source(address)


def _works(row: HotRow, token: Token, now: int) -> bool:
    """Whether the token is the row's and works now, and its address did not guess too often."""
    fits = same_secret(token.secret, row.secret_hash) and token.prefix == row.prefix
    if not fits or row.revoked_at is not None:
        return False
    if row.token_expires_at is not None and row.token_expires_at <= now:
        return False
    if row.failures is None or row.failures < settings.OPTIONS.login_attempts or row.window_started_at is None:
        return True
    return not _AHEAD <= now - row.window_started_at <= _WINDOW


@lru_cache(maxsize=512)
def _language(accepted: str, usual: str) -> str:
    """Give the language of an answer: the one asked for, else the vendor's, as the ordinary way finds it."""
    named = any(part.strip()[:2] in CODES for part in accepted.lower().split(","))
    if not named and usual in CODES:
        return usual
    asked = HttpRequest()
    asked.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return translation.get_language_from_request(asked)[:2]


def _problem(
    environ: Mapping[str, Any], request_id: str, make: Callable[[HttpRequest], HttpResponse]
) -> tuple[Reply, str]:
    """Give a refusal, made as ordinary views make theirs."""
    asked = HttpRequest()
    asked.META = dict(environ)
    asked.request_id = request_id  # type: ignore[attr-defined]  # as the middleware sets it
    with translation.override(_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""), "")):
        response = make(asked)
    length = ("Content-Length", str(len(response.content)))
    headers = [*response.headers.items(), length, *_usual_headers(request_id)]
    status = f"{response.status_code} {response.reason_phrase}"
    return Reply(status, headers, response.content), str(response.status_code)
