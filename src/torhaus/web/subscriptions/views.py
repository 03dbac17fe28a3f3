"""The subscription page."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torhaus.catalogue.models import ItemKind
from torhaus.core import clock
from torhaus.frame.access import viewer_may, viewer_of
from torhaus.frame.links import link_of
from torhaus.frame.words import CONTRACT_KINDS, CONTRACT_LOOKS, ITEM_KINDS, PRODUCT_LOOKS, Look
from torhaus.licensing.grants import read_grants
from torhaus.licensing.kept import licences_of
from torhaus.licensing.rules import FILE_DAYS
from torhaus.subscriptions.education import education_of
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import Row, agreement_of, bookings_of, history, rows_on
from torhaus.subscriptions.rules import Happened, Standing, Status, plus_days, standing
from torhaus.vendor.models import Vendor
from torhaus.web.subscriptions.licence import LicenceCard, licence_card
from torhaus.web.words import booking_name, term_words, vendor_today

SORTS = ("name", "kind", "quantity", "status", "from", "until")
DEFAULT_SORT = "status"
HISTORY = 50
# The plan comes first, since it is what a contract is about.
_KINDS = [ItemKind.PLAN, ItemKind.TENANT, ItemKind.SEAT, ItemKind.ADD_ON, ItemKind.SUPPORT, ItemKind.SERVICE]
_URGENCY = {Status.ACTIVE: 0, Status.UPCOMING: 1, Status.EXPIRED: 2}


@dataclass(frozen=True)
class ProductRow:
    """A line of the products table (B14)."""

    name: str
    kind: str
    rank: tuple[int, int]
    quantity: int
    state: Status
    look: Look
    active_from: date | None
    until: date | None


@dataclass(frozen=True)
class ChangeRow:
    """A booking in words: what happened, from which day, and when it was booked."""

    happened: Happened
    booking: Booking
    name: str
    before_name: str
    before_quantity: int | None
    last_day: date | None


@viewer_may("see_subscription")
@require_safe
def subscription(request: HttpRequest) -> HttpResponse:
    """Show contract, term, products and history."""
    contract = viewer_of(request).contract
    vendor, today = vendor_today(request)
    language = (get_language() or "en")[:2]
    stands = standing(agreement_of(contract), today)
    bookings = bookings_of(contract.pk)
    sort = wanted_sort(request.GET.get("sort", ""))
    return render(
        request,
        "web/subscriptions/subscription.html",
        {
            "contract": contract,
            "standing": stands,
            "kind": CONTRACT_KINDS[_kind(contract)],
            "look": CONTRACT_LOOKS[stands.status],
            "term": term_words(contract.term_months),
            "education": education_of(contract.pk, today).mark,
            "today": today,
            "sort": sort,
            "licences": _licences(contract, vendor),
            "offer": _offer(vendor, contract),
            "products": _sorted([product_row(row, stands, language) for row in rows_on(bookings, today)], sort),
            **_history(bookings, language),
        },
    )


def _licences(contract: Contract, vendor: Vendor) -> list[LicenceCard]:
    """Give the contract's licences in words; one that nothing was ever booked for is none."""
    days = contract.offline_days or FILE_DAYS
    now = clock.now()
    return [
        licence_card(one, now=now, zone=vendor.time_zone, offline_days=days)
        for one in licences_of(contract)
        if one.ref and not read_grants(one.grants).lacks
    ]


def _offer(vendor: Vendor, contract: Contract) -> str:
    """Give where one asks for an offer: the vendor's page for it, else a mail that names the contract."""
    mail = vendor.sales_mail or vendor.mail
    subject = quote(_("Offer for contract %(number)s") % {"number": contract.number})
    return link_of(vendor.links, "offer") or f"mailto:{mail}?subject={subject}"


def _kind(contract: Contract) -> Any:
    return contract.kind


def wanted_sort(given: str) -> str:
    """Give the wanted order, or the default one for anything unknown."""
    return given if given.removeprefix("-") in SORTS and not given.startswith("--") else DEFAULT_SORT


def product_row(row: Row, stands: Standing, language: str) -> ProductRow:
    """Give a booked line as shown; nothing is active in a contract that has ended or not begun."""
    state = row.state
    if stands.status is Status.EXPIRED:
        state = Status.EXPIRED
    elif stands.status is Status.UPCOMING and state is Status.ACTIVE:
        state = Status.UPCOMING
    booking = row.booking
    return ProductRow(
        name=booking_name(booking, language),
        kind=str(ITEM_KINDS[ItemKind(booking.kind)]),
        rank=(_KINDS.index(ItemKind(booking.kind)), booking.item.position if booking.item else 0),
        quantity=booking.quantity,
        state=state,
        look=PRODUCT_LOOKS[state],
        active_from=booking.active_from,
        until=row.ends_on,
    )


def _sorted(rows: list[ProductRow], sort: str) -> list[ProductRow]:
    """Sort by one column; rows alike in it stand by kind and name. No day comes first: it is "since ever"."""
    keys: dict[str, Any] = {
        "name": lambda row: row.name.casefold(),
        "kind": lambda row: row.kind.casefold(),
        "quantity": lambda row: row.quantity,
        "status": lambda row: _URGENCY[row.state],
        "from": lambda row: row.active_from or date.min,
        "until": lambda row: row.until or date.max,
    }
    rows = sorted(rows, key=lambda row: (row.rank, row.name.casefold()))
    return sorted(rows, key=keys[sort.removeprefix("-")], reverse=sort.startswith("-"))


def _history(bookings: list[Booking], language: str) -> dict[str, Any]:
    """Give the latest changes in words, and how many older ones are not shown."""
    found = history(bookings)
    rows = [
        ChangeRow(
            happened=change.happened,
            booking=booking,
            name=booking_name(booking, language),
            before_name=booking_name(before, language) if before else "",
            before_quantity=before.quantity if before else None,
            last_day=plus_days(booking.active_from, -1) if booking.active_from else None,
        )
        for change, booking, before in found[:HISTORY]
    ]
    return {"changes": rows, "older": len(found) - len(rows)}
