"""``POST /api/v1/seats/…``: a product assigns, reassigns, extends and releases seats, and reports on them."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from torhaus.api.acting import act, json_answer
from torhaus.api.bodies import Body, instant
from torhaus.api.refusals import refused
from torhaus.api.seats.bodies import (
    REPORT_LIMIT,
    AssignSeatBody,
    ExtendSeatBody,
    HolderSaid,
    ReassignSeatBody,
    ReleaseSeatBody,
    ReportSeatsBody,
    SeatSeenBody,
)
from torhaus.api.seats.replies import seat_said
from torhaus.frame.access import actor_of, token_may, viewer_of
from torhaus.seats.assign_seat import assign_seat as assign_seat_deed
from torhaus.seats.extend_seat import extend_seat as extend_seat_deed
from torhaus.seats.holders import Holder
from torhaus.seats.reassign_seat import reassign_seat as reassign_seat_deed
from torhaus.seats.refusals import SeatRefused
from torhaus.seats.release_seat import release_seat as release_seat_deed
from torhaus.seats.report_seats import SeatSaid
from torhaus.seats.report_seats import report_seats as report_seats_deed

B = TypeVar("B", bound=Body)
Work = Callable[[HttpRequest, B], HttpResponse]


@token_may("use_seats")
@require_POST
def assign_seat(request: HttpRequest) -> HttpResponse:
    """Assign a seat to a person or a thing."""
    return act(request, AssignSeatBody, _refusing(_assign))


@token_may("use_seats")
@require_POST
def reassign_seat(request: HttpRequest) -> HttpResponse:
    """Give a seat, with all it owns, to another holder."""
    return act(request, ReassignSeatBody, _refusing(_reassign))


@token_may("use_seats")
@require_POST
def extend_seat(request: HttpRequest) -> HttpResponse:
    """Set another last day of a seat, or none."""
    return act(request, ExtendSeatBody, _refusing(_extend))


@token_may("use_seats")
@require_POST
def release_seat(request: HttpRequest) -> HttpResponse:
    """Make a seat free; repeated, it answers the same."""
    return act(request, ReleaseSeatBody, _refusing(_release))


@token_may("use_seats")
@require_POST
def report_seats(request: HttpRequest) -> HttpResponse:
    """Keep when holders were seen and how much their seats own."""
    return act(request, ReportSeatsBody, _refusing(_report), limit=REPORT_LIMIT)


def _refusing(work: Work[B]) -> Work[B]:
    """Let ``work`` answer what the deed refuses as the problem with its code."""

    def run(request: HttpRequest, body: B) -> HttpResponse:
        try:
            return work(request, body)
        except SeatRefused as error:
            return refused(request, error.code, name=error.about)

    return run


def _holder(body: HolderSaid) -> Holder:
    return Holder(body.name or "", body.mail or "", body.organisation or "")


def _assign(request: HttpRequest, body: AssignSeatBody) -> HttpResponse:
    seat = assign_seat_deed(
        contract_ref=viewer_of(request).contract_ref,
        kind=body.kind,
        holder=_holder(body),
        ends_on=date.fromisoformat(body.ends_on) if body.ends_on else None,
        created_by=body.created_by or "",
        by=actor_of(request),
    )
    return json_answer({"seat": seat_said(seat)}, status=201)


def _reassign(request: HttpRequest, body: ReassignSeatBody) -> HttpResponse:
    seat = reassign_seat_deed(
        contract_ref=viewer_of(request).contract_ref, seat_ref=body.seat, holder=_holder(body), by=actor_of(request)
    )
    return json_answer({"seat": seat_said(seat)})


def _extend(request: HttpRequest, body: ExtendSeatBody) -> HttpResponse:
    seat = extend_seat_deed(
        contract_ref=viewer_of(request).contract_ref,
        seat_ref=body.seat,
        ends_on=date.fromisoformat(body.ends_on) if body.ends_on else None,
        by=actor_of(request),
    )
    return json_answer({"seat": seat_said(seat)})


def _release(request: HttpRequest, body: ReleaseSeatBody) -> HttpResponse:
    done = release_seat_deed(contract_ref=viewer_of(request).contract_ref, seat_ref=body.seat, by=actor_of(request))
    return json_answer({"seat": done.seat.ref, "released": True, "deletes": done.deletes})


def _report(request: HttpRequest, body: ReportSeatsBody) -> HttpResponse:
    kept = report_seats_deed(
        contract_ref=viewer_of(request).contract_ref, said=[_seen(one) for one in body.seats], by=actor_of(request)
    )
    return json_answer({"kept": len(kept)})


def _seen(body: SeatSeenBody) -> SeatSaid:
    at = instant(body.last_seen_at) if body.last_seen_at else None
    return SeatSaid(body.seat, at, body.owned_bytes, body.invited_bytes, body.second_factor)
