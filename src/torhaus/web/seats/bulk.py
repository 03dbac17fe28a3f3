"""Several seats are released at once, after a page that lists who loses one."""

from typing import NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from torhaus.catalogue.queries import seat_kinds_named
from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.formatting import number_text
from torhaus.frame.seats import holder_name, kind_of
from torhaus.frame.templatetags.torhaus import badge, below
from torhaus.seats.models import Seat
from torhaus.seats.queries import seats_named
from torhaus.seats.release_seat import release_seat
from torhaus.web.seats.views import NOTHING
from torhaus.web.seats.words import storage_text

MOST = 100


class Loser(NamedTuple):
    """Who is about to lose a seat, and what goes with it."""

    ref: str
    name: str
    mail: SafeString
    kind: str
    owned: str
    then: SafeString
    deletes: bool


@viewer_may("manage_seats")
@require_http_methods(["GET", "HEAD", "POST"])
def release_seats(request: HttpRequest) -> HttpResponse:
    """List who loses a seat; confirmed, release each by a deed of its own. Who lost it meanwhile is passed over."""
    viewer, sent = viewer_of(request), request.method == "POST"
    refs = [ref for ref in (request.POST if sent else request.GET).getlist("seat")[:MOST] if _fit(ref)]
    found = seats_named(viewer.contract, refs)
    known = [found[ref] for ref in dict.fromkeys(refs) if ref in found]
    held = [one for one in known if one.released_at is None]
    if not known:
        messages.info(request, _("No seat was chosen. Tick those that are to be released."))
        return redirect("web:seats")
    if held and not sent:
        losers = _losers(held)
        context = {"losers": losers, "deletes": any(one.deletes for one in losers)}
        return render(request, "web/seats/release_seats.html", context)
    done = [release_seat(contract_ref=viewer.contract_ref, seat_ref=one.ref, by=actor_of(request)) for one in held]
    _say(request, free=sum(not one.already for one in done), chosen=len(known))
    response = redirect("web:seats")
    response.status_code = 303
    return response


def _say(request: HttpRequest, *, free: int, chosen: int) -> None:
    """Say how many are free by this, and how many somebody else had released before."""
    if free:
        said = ngettext("%(n)s seat is free.", "%(n)s seats are free.", free)
        messages.success(request, said % {"n": number_text(free)})
    if before := chosen - free:
        said = ngettext(
            "%(n)s seat had been released before; there was nothing to do.",
            "%(n)s seats had been released before; there was nothing to do.",
            before,
        )
        messages.info(request, said % {"n": number_text(before)})


def _fit(ref: str) -> bool:
    return ref.isascii() and "\x00" not in ref and len(ref) <= 12


def _losers(held: list[Seat]) -> list[Loser]:
    kinds = seat_kinds_named({one.kind.key for one in held})
    gone, stays = badge("bad", "trash-2", _("is deleted")), badge("", "check", _("stays"))
    names = {one.kind.key: kind_of(one) for one in held}
    return [
        Loser(
            one.ref,
            holder_name(one),
            below(one.mail if one.name else ""),
            names[one.kind.key],
            storage_text(one) or NOTHING,
            gone if kinds[one.kind.key][1].release_deletes else stays,
            kinds[one.kind.key][1].release_deletes,
        )
        for one in held
    ]
