"""Programs bring their licence token in each request (RFC 6750): who that is, or why not."""

import logging

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from torhaus.frame import problems
from torhaus.frame.access import Viewer
from torhaus.frame.addresses import client_address, throttle_source
from torhaus.frame.rates import PER_ADDRESS, PER_TOKEN
from torhaus.frame.throttling import count_attempt, log_failure, waiting
from torhaus.frame.viewers import viewer_by_token
from torhaus.licensing.actions import note_token_use
from torhaus.licensing.models import LicenceToken
from torhaus.licensing.queries import token_with_secret, working
from torhaus_sdk.tokens import MalformedToken, parse_token

# Set in a request's environment by whoever has counted it for its address, or for its token, already.
COUNTED = "torhaus.address_counted"
BEARER_COUNTED = "torhaus.bearer_counted"
_log = logging.getLogger(__name__)


def viewer_or_problem(request: HttpRequest) -> Viewer | HttpResponse:
    """Give the viewer whose licence token the request brings, or the problem to answer with.

    Guesses count like failed sign-ins of the same address, with which they share the limit. Who brings the right
    secret of a token does not guess, even if the token has ended since: machines that still have a replaced one must
    not lock their whole address out. What a token asks is limited by the minute, whether it works or not.
    """
    problems.mark_program(request)
    if not problems.brings_token(request):
        return problems.no_token(request)
    address = throttle_source(client_address(request))
    counted = COUNTED in request.META
    if wait := waiting(request, door="token") or (0 if counted else PER_ADDRESS.wait(address)):
        return problems.too_many(request, retry_after=wait)
    found = _token(request.headers["Authorization"][7:])
    if found is None:
        attempt = count_attempt(request, door="token")
        log_failure(request, door="token", reason="bearer")
        return problems.too_many(request, retry_after=attempt.wait) if attempt.wait else problems.bad_token(request)
    if BEARER_COUNTED not in request.META and (wait := PER_TOKEN.wait(found.public_id)):
        return problems.too_many(request, retry_after=wait)
    if not working([found]):
        log_failure(request, door="token", reason="ended")
        return problems.bad_token(request)
    _note_use(found)
    return viewer_by_token(request, found)


def _note_use(found: LicenceToken) -> None:
    try:
        note_token_use(found)
    except OperationalError as error:
        # A database that is busy writing still lets read; nobody is turned away for a note.
        _log.warning("the use of a token was not noted", extra={"event": {"reason": str(error)}})


def _token(text: str) -> LicenceToken | None:
    try:
        return token_with_secret(parse_token(text))
    except MalformedToken:
        return None
