"""``POST /api/v1/usage``: a product says how much of its meters is used."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from torhaus.api.acting import act, json_answer
from torhaus.api.bodies import USAGE_LIMIT, ReadingBody, UsageBody, instant
from torhaus.api.refusals import refused
from torhaus.frame.access import actor_of, token_may, viewer_of
from torhaus.licensing.report_usage import (
    KindMismatch,
    ReadingConflict,
    ReadingInFuture,
    ReadingRefused,
    ReadingSaid,
    ReadingTooLarge,
    ReadingTooOld,
    SourceRemoved,
    UnknownMeter,
    UnknownSource,
)
from torhaus.licensing.report_usage import report_usage as report_usage_deed

_CODES: dict[type[ReadingRefused], str] = {
    KindMismatch: "kind_mismatch",
    ReadingConflict: "reading_conflict",
    ReadingInFuture: "reading_in_future",
    ReadingTooLarge: "reading_too_large",
    ReadingTooOld: "reading_too_old",
}


@token_may("use_licence")
@require_POST
def report_usage(request: HttpRequest) -> HttpResponse:
    """Keep readings: all of them, or none. What was kept before counts once."""
    return act(request, UsageBody, _report, limit=USAGE_LIMIT)


def _report(request: HttpRequest, body: UsageBody) -> HttpResponse:
    try:
        reply = report_usage_deed(
            contract_ref=viewer_of(request).contract_ref,
            source=body.installation or "",
            readings=[_said(one) for one in body.readings],
            by=actor_of(request),
        )
    except UnknownSource:
        return refused(request, "installation_unknown")
    except SourceRemoved:
        return refused(request, "installation_removed")
    except UnknownMeter as error:
        return refused(request, "unknown_meter", name=error.meter)
    except ReadingRefused as error:
        return refused(request, _CODES[type(error)], name=error.reading)
    return json_answer(asdict(reply))


def _said(body: ReadingBody) -> ReadingSaid:
    at = instant(body.at) if body.at else None
    return ReadingSaid(id=body.id, meter=body.meter, quantity=body.quantity, kind=body.kind or "", at=at)
