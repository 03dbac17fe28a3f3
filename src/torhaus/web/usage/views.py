"""The page of the meters, and their days as CSV."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torhaus.core.csv_files import Echo, harmless
from torhaus.core.texts import text_in
from torhaus.frame.access import Viewer, viewer_may, viewer_of
from torhaus.frame.files import disposition
from torhaus.licensing.grants import Policy, read_grants
from torhaus.licensing.installation_list import names_of_installations
from torhaus.licensing.kept import kept_licence
from torhaus.subscriptions.queries import agreement_of, booked_on, bookings_of
from torhaus.subscriptions.rules import standing
from torhaus.usage.queries import DayRow, Metered, Share, days_of, meters_of, shares_of
from torhaus.web.usage.cards import MeterCard, SourceRow, card_of
from torhaus.web.usage.words import beyond_words
from torhaus.web.words import vendor_today

SOURCES = 10


@viewer_may("see_subscription")
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """Show each meter: booked, used and free, its twelve months, and which installations use how much."""
    viewer = viewer_of(request)
    contract = viewer.contract
    _vendor, today = vendor_today(request)
    stands = standing(agreement_of(contract), today)
    booked = booked_on(bookings_of(contract.pk), stands.status, today)
    meters = meters_of(contract.pk, [(one.item_id, one.quantity) for one in booked if one.item_id], today)
    shares = shares_of(contract.pk, today, SOURCES) if meters else []
    names = _names(viewer, shares)
    policy = read_grants(kept_licence(contract, contract.product).grants).policy
    cards = [
        _card(one, [row for row in shares if row.meter_id == one.meter.pk], names, policy, today) for one in meters
    ]
    any_days = any(one.readings for one in meters)
    return render(request, "web/usage/usage.html", {"contract": contract, "cards": cards, "any_days": any_days})


def _names(viewer: Viewer, shares: Iterable[Share]) -> Mapping[str, str]:
    refs = {row.source for row in shares if row.source}
    return names_of_installations(viewer.contract_id, refs) if refs and viewer.may("see_installations") else {}


def _card(one: Metered, shares: list[Share], names: Mapping[str, str], policy: Policy, today: date) -> MeterCard:
    sources = [
        SourceRow(
            ref=row.source if row.source in names else "",
            name=names.get(row.source) or row.source or _("Not said by which installation"),
            quantity=row.quantity,
            at=row.at,
        )
        for row in shares
    ]
    more = shares[0].sources - len(shares) if shares else 0
    return card_of(one, today, sources=sources, more=more, beyond=beyond_words(policy, one.total))


@viewer_may("see_subscription")
@require_safe
def usage_csv(request: HttpRequest) -> HttpResponseBase:
    """Give the days of the last twelve months as CSV."""
    viewer = viewer_of(request)
    _vendor, today = vendor_today(request)
    lines = _csv_lines(days_of(viewer.contract_id, today))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = _("usage")
    response.headers["Content-Disposition"] = disposition(f"{name}-{viewer.contract_number}.csv")
    add_never_cache_headers(response)
    return response


def _csv_lines(rows: Iterable[DayRow]) -> Iterator[str]:
    """Give the file line by line; its words are looked up at once, in the language of the request."""
    language = (get_language() or "en")[:2]
    writer = csv.writer(Echo(), delimiter=";" if language == "de" else ",")
    return _lines(writer, [_("Day"), _("Meter"), _("Unit"), _("Used")], rows, language)


def _lines(writer: Any, header: list[str], rows: Iterable[DayRow], language: str) -> Iterator[str]:
    yield "\ufeff" + writer.writerow(header)
    for row in rows:
        meter, unit = text_in(row.meter, language), text_in(row.unit, language)
        yield writer.writerow([row.on.isoformat(), harmless(meter), harmless(unit), row.quantity])
