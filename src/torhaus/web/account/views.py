"""The page of the price plan: what is agreed, and how the licences stand (account status)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from torhaus.catalogue.models import ItemKind
from torhaus.core import clock
from torhaus.frame.access import viewer_may, viewer_of
from torhaus.frame.words import CONTRACT_LOOKS
from torhaus.seats.account import KindInPeriod, holdings, seat_account
from torhaus.subscriptions.education import education_brought
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import agreement_of, booked_on, bookings_of, in_force_on
from torhaus.subscriptions.rules import Standing, standing
from torhaus.usage.queries import Metered, meters_of
from torhaus.web.account.attention import by_urgency, education_tasks, seat_tasks
from torhaus.web.account.rows import SeatRow, holding_row, people_url, seat_row
from torhaus.web.dashboard.attention import Facts, Task, tasks_of
from torhaus.web.usage.cards import card_of
from torhaus.web.words import booking_name, term_words, vendor_today

HOLDERS = 10


@viewer_may("see_account")
@require_safe
def price_plan(request: HttpRequest) -> HttpResponse:
    """Show package, term and notice; each kind of seat and each meter booked, used and free; and what needs doing."""
    viewer = viewer_of(request)
    contract = viewer.contract
    vendor, today = vendor_today(request)
    stands = standing(agreement_of(contract), today)
    bookings = bookings_of(contract.pk)
    now = booked_on(bookings, stands.status, today)
    following = in_force_on(bookings, stands.next_invoice_on) if stands.next_invoice_on else None
    account = seat_account(contract, now=now, following=following, since=stands.term.starts_on, zone=vendor.time_zone)
    meters = meters_of(contract.pk, [(one.item_id, one.quantity) for one in now if one.item_id], today)
    rows = [seat_row(one) for one in account.kinds]
    legacy = any(mark.legacy for mark in account.plans)
    education = education_brought(contract, today)
    context = {
        "contract": contract,
        "standing": stands,
        "look": CONTRACT_LOOKS[stands.status],
        "packages": _packages(now),
        "legacy": legacy,
        "term": term_words(contract.term_months),
        "education": education,
        "seats": rows,
        "cards": [card_of(one, today) for one in meters],
        "tasks": by_urgency(
            [
                *seat_tasks(rows, may_book=viewer.may("request_booking")),
                *education_tasks(education, may_ask=vendor.education_terms and viewer.may("request_education")),
                *_contract_tasks(contract, stands, meters, today),
            ]
        ),
        "may_book": viewer.may("request_booking") and not legacy and any(row.bookable for row in rows),
        "notices": viewer.usage_notices,
        **_people(contract, account.kinds, rows),
    }
    return render(request, "web/account/price_plan.html", context)


def _packages(now: Sequence[Booking]) -> list[str]:
    """Give what the contract's plans are called, in the page's language."""
    language = (get_language() or "en")[:2]
    return [booking_name(one, language) for one in now if one.kind == ItemKind.PLAN]


def _people(contract: Contract, kinds: Sequence[KindInPeriod], rows: Sequence[SeatRow]) -> dict[str, Any]:
    """Give who owns most, where anybody owns anything; of that only what is owned counts for the account (B100)."""
    if not any(one.owned_bytes for one in kinds):
        return {"holders": []}
    names = {row.key: row.name for row in rows}
    return {"holders": [holding_row(one, names) for one in holdings(contract, HOLDERS)], "all_people": people_url()}


def _contract_tasks(contract: Contract, stands: Standing, meters: list[Metered], today: date) -> list[Task]:
    """Give what needs attention of contract and meters, as on the dashboard."""
    facts = Facts(
        today=today,
        contract=contract,
        standing=stands,
        meters=meters,
        unpaid=[],
        first_unpaid=[],
        release=None,
        sees_invoices=False,
        sees_subscription=True,
        now=clock.now(),
    )
    return tasks_of(facts)
