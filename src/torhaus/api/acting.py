"""How a write of the licence API goes: read the body, act once, answer JSON."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from torhaus.api.bodies import BODY_LIMIT, Body
from torhaus.api.reading import Refused, read_body, read_object
from torhaus.frame.idempotency import once

B = TypeVar("B", bound=Body)


def act(
    request: HttpRequest,
    model: type[B],
    work: Callable[[HttpRequest, B], HttpResponse],
    *,
    limit: int = BODY_LIMIT,
    secret: bool = False,
) -> HttpResponse:
    """Answer by ``work`` with the body that ``model`` takes; a repeated Idempotency-Key by the reply that stands.

    ``secret``: the reply holds the address of a link, and is kept sealed.
    """
    try:
        said = read_object(request, limit=limit)
        body = read_body(request, model, said)
    except Refused as refused:
        return refused.answer
    return once(request, said, lambda: work(request, body), secret=secret)


def json_answer(said: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Give JSON as people read it: letters as they are."""
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type="application/json")
