"""The deeds on seats, each with a page that says what it means before it is done."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from torhaus.catalogue.models import SeatKind
from torhaus.catalogue.queries import seat_kinds_named
from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.seats import holder_name, kind_name, kind_of
from torhaus.seats.assign_seat import assign_seat as assign_seat_deed
from torhaus.seats.extend_seat import extend_seat as extend_seat_deed
from torhaus.seats.models import Seat
from torhaus.seats.queries import KindStanding, seat_standing
from torhaus.seats.reassign_seat import reassign_seat as reassign_seat_deed
from torhaus.seats.refusals import EndPassed, SeatRefused, SeatReleased, UnknownSeat
from torhaus.seats.release_seat import release_seat as release_seat_deed
from torhaus.seats.remove_second_factor import remove_second_factor as remove_second_factor_deed
from torhaus.web.seats.forms import AssignForm, EndForm, HolderForm
from torhaus.web.seats.views import find_seat
from torhaus.web.seats.words import refusal_text, storage_text
from torhaus.web.words import vendor_today


@viewer_may("manage_seats")
@require_http_methods(["GET", "HEAD", "POST"])
def assign_seat(request: HttpRequest) -> HttpResponse:
    """Ask for the kind, then who gets the seat; without a free one, say so at once and what to do (B81)."""
    _vendor, today = vendor_today(request)
    kinds = seat_standing(viewer_of(request).contract, today)
    wanted = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    kind = next((one for one in kinds if one.key == wanted), None)
    if kind is None:
        context = {"kinds": [(one, kind_name(one)) for one in kinds], "unknown": bool(wanted)}
        return render(request, "web/seats/choose_kind.html", context, status=422 if wanted else 200)
    if request.method != "POST":
        return _ask_holder(request, kind, AssignForm(personal=_personal(kind)), status=200)
    form = AssignForm(request.POST, personal=_personal(kind))
    if form.is_valid():
        try:
            made = assign_seat_deed(
                contract_ref=viewer_of(request).contract_ref,
                kind=kind.key,
                holder=form.holder(),
                ends_on=form.cleaned_data["ends_on"],
                by=actor_of(request),
            )
        except EndPassed as error:
            form.add_error("ends_on", refusal_text(error))
        except SeatRefused as error:
            form.add_error(None, refusal_text(error))
        else:
            said = _("%(name)s has the seat now. At the first visit to the product it becomes active.")
            messages.success(request, said % {"name": holder_name(made)})
            return _see_other("web:seat", made.ref)
    return _ask_holder(request, kind, form, status=422)


def _personal(kind: KindStanding) -> bool:
    return kind.detail.personal if kind.detail else True


def _ask_holder(request: HttpRequest, kind: KindStanding, form: AssignForm, status: int) -> HttpResponse:
    context = {"kind": kind, "kind_name": kind_name(kind), "form": form, "personal": _personal(kind)}
    return render(request, "web/seats/assign_seat.html", context, status=status)


@viewer_may("manage_seats")
@require_http_methods(["GET", "HEAD", "POST"])
def reassign_seat(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what passes on and what ends, ask for the new holder, and give them the seat (B86, B87, B89)."""
    one = find_seat(request, ref)
    personal = _detail(one).personal
    form = HolderForm(request.POST if request.method == "POST" else None, personal=personal)
    if request.method == "POST" and form.is_valid():
        try:
            reassign_seat_deed(
                contract_ref=viewer_of(request).contract_ref,
                seat_ref=one.ref,
                holder=form.holder(),
                by=actor_of(request),
            )
        except (UnknownSeat, SeatReleased):
            return _gone(request)
        except SeatRefused as error:
            form.add_error(None, refusal_text(error))
        else:
            said = _("%(name)s has the seat now, with everything it owns.")
            holder = form.holder().tidy()
            messages.success(request, said % {"name": holder.name or holder.mail})
            return _see_other("web:seat", one.ref)
    context = _about(one) | {"form": form, "personal": personal}
    return render(request, "web/seats/reassign_seat.html", context, status=422 if form.is_bound else 200)


@viewer_may("manage_seats")
@require_http_methods(["GET", "HEAD", "POST"])
def release_seat(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what is lost or stays (B83, B84), and make the seat free."""
    one = find_seat(request, ref)
    name = holder_name(one)
    if request.method == "POST":
        said = _("The seat of %(name)s is free.") % {"name": name}
        return _do(request, one, release_seat_deed, said, onward=("web:seats",))
    context = _about(one) | {"deletes": _detail(one).release_deletes, "storage": storage_text(one)}
    return render(request, "web/seats/release_seat.html", context)


@viewer_may("manage_seats")
@require_http_methods(["GET", "HEAD", "POST"])
def extend_seat(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for another last day, or none, and set it (B93)."""
    one = find_seat(request, ref)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"ends_on": one.ends_on})
    if request.method == "POST" and form.is_valid():
        try:
            return _do(request, one, extend_seat_deed, _("The last day is set."), ends_on=form.cleaned_data["ends_on"])
        except EndPassed as error:
            form.add_error("ends_on", refusal_text(error))
    context = _about(one) | {"form": form}
    return render(request, "web/seats/extend_seat.html", context, status=422 if form.is_bound else 200)


@viewer_may("manage_seats")
@require_http_methods(["GET", "HEAD", "POST"])
def remove_second_factor(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what it means that the holder loses the second factor, and remove it (B89)."""
    one = find_seat(request, ref)
    if request.method == "POST":
        return _do(request, one, remove_second_factor_deed, _("The second factor is removed."))
    return render(request, "web/seats/remove_second_factor.html", _about(one))


def _do(
    request: HttpRequest,
    one: Seat,
    deed: Callable[..., Any],
    said: str,
    onward: tuple[str, ...] = (),
    **values: Any,
) -> HttpResponse:
    """Do a deed on a seat and say so; a seat that was released meanwhile stays so."""
    try:
        deed(contract_ref=viewer_of(request).contract_ref, seat_ref=one.ref, by=actor_of(request), **values)
    except (UnknownSeat, SeatReleased):
        return _gone(request)
    messages.success(request, said)
    return _see_other(*(onward or ("web:seat", one.ref)))


def _gone(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("This seat was released meanwhile; nothing was changed."))
    return _see_other("web:seats")


def _detail(one: Seat) -> SeatKind:
    return seat_kinds_named([one.kind.key])[one.kind.key][1]


def _about(one: Seat) -> dict[str, Any]:
    return {"seat": one, "name": holder_name(one), "kind": kind_of(one)}


def _see_other(name: str, *args: str) -> HttpResponse:
    response = redirect(name, *args)
    response.status_code = 303
    return response
