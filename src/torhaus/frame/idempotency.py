"""The header Idempotency-Key: the same request twice has one effect, and the reply of the first (R73)."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse

from torhaus.frame import problems
from torhaus.frame.access import viewer_of
from torhaus.records.idempotency import (
    Claim,
    ClaimLost,
    InProgress,
    OtherRequest,
    Reply,
    ReplyLost,
    claim_key,
    give_claim_back,
    keep_reply,
)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def once(
    request: HttpRequest, said: Mapping[str, Any], work: Callable[[], HttpResponse], *, secret: bool = False
) -> HttpResponse:
    """Answer by ``work``; with a key, by the reply that stands if the same request came before.

    ``said`` is the request's body. The reply, a refusal by what stands as well, is kept in the transaction of the
    work; what fails otherwise leaves nothing, and may be repeated with the same key. ``secret`` seals what is kept.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return work()
    if not _KEY.fullmatch(key):
        return problems.invalid_idempotency_key(request)
    try:
        claim = claim_key(scope=viewer_of(request).token_public_id, key=key, request=_digest(request, said))
    except OtherRequest:
        return problems.key_reused(request)
    except InProgress:
        return problems.in_progress(request)
    except ReplyLost:
        return problems.reply_lost(request)
    return _replayed(claim) if isinstance(claim, Reply) else _done(request, claim, work, secret=secret)


def _done(request: HttpRequest, claim: Claim, work: Callable[[], HttpResponse], *, secret: bool) -> HttpResponse:
    try:
        with transaction.atomic():
            answer = work()
            if failed := answer.status_code >= 500:
                transaction.set_rollback(True)
            else:
                keep_reply(claim, Reply(answer.status_code, answer.content.decode()), secret=secret)
    except ClaimLost:
        return problems.in_progress(request)
    except BaseException:
        # Without a database it stays claimed, and is taken over when it is old.
        with suppress(DatabaseError):
            give_claim_back(claim)
        raise
    if failed:
        give_claim_back(claim)
    return answer


def _replayed(reply: Reply) -> HttpResponse:
    kind = "application/json" if reply.status < 400 else problems.CONTENT_TYPE
    answer = HttpResponse(reply.text, status=reply.status, content_type=kind)
    answer.headers[REPLAYED] = "true"
    return answer


def _digest(request: HttpRequest, said: Mapping[str, Any]) -> str:
    """Give what makes two requests the same: method, address, and body, however it is written."""
    whole = [request.method, request.get_full_path(), said]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
