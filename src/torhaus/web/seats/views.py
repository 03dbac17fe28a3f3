"""The list of seats: what is booked, used and free of each kind, and who holds one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torhaus.core import clock
from torhaus.frame.access import viewer_may, viewer_of
from torhaus.frame.files import disposition
from torhaus.frame.formatting import day_text
from torhaus.frame.lists import NEAR, query_with
from torhaus.frame.meters import WARN_FROM
from torhaus.frame.seats import SeatFilterForm, holder_name, kind_name, look_of, names_of_kinds, seats_shown, until_text
from torhaus.frame.templatetags.torhaus import badge, below
from torhaus.frame.words import Look
from torhaus.seats.models import Seat
from torhaus.seats.queries import KindStanding, seat_of, seat_standing
from torhaus.seats.seat_list import (
    DEFAULT_SORT,
    SORTS,
    each_seat,
    filtered_seats,
    in_order,
)
from torhaus.seats.seat_pages import seek
from torhaus.web.seats.export import csv_lines
from torhaus.web.seats.words import over_text, shared_text
from torhaus.web.words import size_text, vendor_today

PER_PAGE = 25
NOTHING = "–"


@dataclass(frozen=True)
class KindCard:
    """How one kind of seat stands, as its card shows it."""

    standing: KindStanding
    name: str
    there: int  # used by those who came; the rest of the used is invited
    nearly: bool
    personal: bool
    over: str


class Row(NamedTuple):
    """A seat as the list shows it; what stands below a value comes with it."""

    ref: str
    name: str
    mail: SafeString
    organisation: str
    kind: str
    state: SafeString
    seen: SafeString
    owned: SafeString


@viewer_may("see_seats")
@require_safe
def seats(request: HttpRequest) -> HttpResponse:
    """Show how each kind stands (B76, B77), and the seats that the filter wants."""
    viewer, now = viewer_of(request), clock.now()
    _vendor, today = vendor_today(request)
    kinds = seat_standing(viewer.contract, today)
    form = SeatFilterForm(request.GET, kinds=[(one.key, kind_name(one)) for one in kinds])
    wanted = form.wanted()
    sort = wanted_sort(request.GET.get("sort", ""))
    sought = seek(viewer.contract, wanted, sort, kinds=kinds, now=now)
    page, found = seats_shown(request, sought, PER_PAGE)
    page.object_list = rows_of(found, names_of_kinds(kinds), now)
    context = {
        "cards": [_card(one) for one in kinds],
        "form": form,
        "filtered": bool(wanted) or not form.is_valid(),
        "page": page,
        "sort": sort,
        "any": any(one.count.used for one in kinds),
        "export": export_query(request),
        "may_manage": may_manage(request),
        "remind": may_manage(request) and wanted.unseen_days,
        "may_book": viewer.may("request_booking") and any(one.detail and one.detail.bookable for one in kinds),
    }
    return render(request, "web/seats/seats.html", context)


def wanted_sort(given: str) -> str:
    """Give the wanted order, or that by holder for anything unknown."""
    return given if given.removeprefix("-") in SORTS and not given.startswith("--") else DEFAULT_SORT


def _card(one: KindStanding) -> KindCard:
    count = one.count
    return KindCard(
        standing=one,
        name=kind_name(one),
        there=count.used - count.invited,
        nearly=bool(count.booked) and not count.over and count.used * 100 >= count.booked * WARN_FROM,
        personal=one.detail.personal if one.detail else True,
        over=over_text(one) if count.over else "",
    )


def rows_of(found: list[Seat], kinds: Mapping[int, str], now: datetime) -> list[Row]:
    """Put seats as the list shows them; ``kinds`` are the names of kinds by id."""
    rows, badges = [], dict[Look, SafeString]()
    for one in found:
        look = look_of(one, now)
        if look not in badges:
            badges[look] = badge(look.tone, look.icon, str(look.text))
        seen = day_text(one.last_seen_at) if one.last_seen_at else NOTHING
        reminded = _("reminded %(day)s") % {"day": day_text(one.reminded_at)} if one.reminded_at else ""
        owned = size_text(one.owned_bytes) if one.owned_bytes or one.invited_bytes else NOTHING
        rows.append(
            Row(
                ref=one.ref,
                name=holder_name(one),
                mail=below(one.mail if one.name else ""),
                organisation=one.organisation or NOTHING,
                kind=kinds.get(one.kind_id, ""),
                state=badges[look] + below(until_text(one)),
                seen=SafeString(escape(seen)) + below(reminded),
                owned=SafeString(f'<span class="num">{escape(owned)}</span>') + below(shared_text(one), " num"),
            )
        )
    return rows


def export_query(request: HttpRequest) -> str:
    """Give the query of the export: the list's, without its page."""
    query = query_with(request, page=None, **{NEAR: None})
    return "" if query == "?" else query


def may_manage(request: HttpRequest) -> bool:
    """Whether the viewer changes seats; staff who look on do not."""
    viewer = viewer_of(request)
    return viewer.may("manage_seats") and not viewer.read_only


def find_seat(request: HttpRequest, ref: str) -> Seat:
    """Give a held seat of the viewer's contract; 404 for any other."""
    found = seat_of(viewer_of(request).contract, ref) if ref.isascii() and "\x00" not in ref else None
    if found is None or found.released_at is not None:
        raise Http404
    return found


@viewer_may("see_seats")
@require_safe
def seats_csv(request: HttpRequest) -> HttpResponseBase:
    """Give the seats that the filter wants, all pages of them, as CSV."""
    viewer = viewer_of(request)
    _vendor, today = vendor_today(request)
    kinds = {one.key: kind_name(one) for one in seat_standing(viewer.contract, today)}
    wanted = SeatFilterForm(request.GET, kinds=kinds.items()).wanted()
    ordered = in_order(filtered_seats(viewer.contract, wanted, clock.now()), wanted_sort(request.GET.get("sort", "")))
    response = StreamingHttpResponse(csv_lines(each_seat(ordered), kinds), content_type="text/csv; charset=utf-8")
    name = _("seats")
    response.headers["Content-Disposition"] = disposition(f"{name}-{viewer.contract_number}.csv")
    add_never_cache_headers(response)
    return response
