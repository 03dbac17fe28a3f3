"""``POST /api/v1/validate`` and ``/heartbeat`` as ordinary views: what the short path (``hot.py``) leaves to Django."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from torhaus.api.bodies import HeartbeatBody, ValidateBody
from torhaus.api.licensing.asked import question_of
from torhaus.api.reading import Refused, read_body, read_object
from torhaus.api.refusals import refused
from torhaus.core import clock
from torhaus.frame.access import token_may, viewer_of
from torhaus.frame.metrics import counted_as
from torhaus.frame.viewers import known_vendor
from torhaus.licensing.ordinary_answer import answer_question
from torhaus.licensing.seen import SEEN
from torhaus.vendor.keys import NoSigningKey, UnreadableKey


@token_may("use_licence")
@require_POST
def validate(request: HttpRequest) -> HttpResponse:
    """Answer whether the product may run, and with what."""
    return _answer(request, ValidateBody, heartbeat=False)


@token_may("use_licence")
@require_POST
def heartbeat(request: HttpRequest) -> HttpResponse:
    """Answer the same; an installation of a floating licence takes or extends its place first."""
    return _answer(request, HeartbeatBody, heartbeat=True)


def _answer(request: HttpRequest, model: type[ValidateBody], *, heartbeat: bool) -> HttpResponse:
    viewer, vendor = viewer_of(request), known_vendor(request)
    try:
        body = read_body(request, model, read_object(request))
    except Refused as refusal:
        return refusal.answer
    try:
        answered = answer_question(
            viewer.contract,
            question_of(body, vendor.time_zone),
            product_key=body.product or "",
            language=(get_language() or "en")[:2],
            nonce=body.nonce or "",
            heartbeat=heartbeat,
        )
    except (NoSigningKey, UnreadableKey):
        return refused(request, "cannot_sign")
    SEEN.note(answered.installation_id, None, int(clock.now().timestamp()))
    return counted_as(answered.code.value, HttpResponse(answered.body, content_type="application/json"))
