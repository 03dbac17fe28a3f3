"""The dashboard."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from torhaus.billing.models import Invoice
from torhaus.billing.queries import Unpaid, unpaid_invoices
from torhaus.billing.rules import shown_state
from torhaus.catalogue.models import ItemKind
from torhaus.core import clock
from torhaus.frame.access import Viewer, viewer_may, viewer_of
from torhaus.frame.words import CONTRACT_LOOKS, INVOICE_LOOKS, Look, entitlement_text
from torhaus.journeys.renewal_price import renewal_cents
from torhaus.licensing.offline_licences import booked_otherwise, next_to_end
from torhaus.records.queries import recent_activity
from torhaus.releases.models import FileKind
from torhaus.releases.queries import claims_of, latest_with_packages
from torhaus.subscriptions.education import education_brought
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import agreement_of, booked_on, bookings_of
from torhaus.subscriptions.rules import Standing, standing
from torhaus.support.queries import waiting_tickets
from torhaus.usage.queries import meters_of
from torhaus.vendor.models import Vendor
from torhaus.web.account.attention import by_urgency, education_tasks
from torhaus.web.dashboard.activity import READ, happenings
from torhaus.web.dashboard.attention import MOST_WAITING, Facts, Task, tasks_of
from torhaus.web.dashboard.chart import chart_of
from torhaus.web.downloads.shown import packages_of
from torhaus.web.words import booking_name, vendor_today


@dataclass(frozen=True)
class OpenInvoice:
    """An unpaid invoice with its state."""

    invoice: Invoice
    look: Look


@viewer_may("see_dashboard")
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show what needs attention, then contract, meters, invoices, version and activity."""
    viewer = viewer_of(request)
    contract = viewer.contract
    vendor, today = vendor_today(request)
    stands = standing(agreement_of(contract), today)
    bookings = bookings_of(contract.pk)
    booked = booked_on(bookings, stands.status, today)
    meters = meters_of(contract.pk, [(one.item_id, one.quantity) for one in booked if one.item_id], today)
    unpaid, first = unpaid_invoices(contract.number, today) if viewer.may("see_invoices") else ([], [])
    version = _version(viewer, today) if viewer.may("see_downloads") else {"release": None}
    facts = _facts(viewer, today, contract, stands) | {"meters": meters, "release": version["release"]}
    facts |= _licence(viewer, vendor, bookings)
    return render(
        request,
        "web/dashboard/dashboard.html",
        {
            "contract": contract,
            "plan": _plan(booked),
            "standing": stands,
            "look": CONTRACT_LOOKS[stands.status],
            "renewal_cents": renewal_cents(contract, stands, booked, vendor.currency),
            "currency": vendor.currency,
            "tasks": by_urgency(
                [*_education(viewer, vendor, today), *tasks_of(Facts(**facts, unpaid=unpaid, first_unpaid=first))]
            ),
            "meters": meters,
            "chart": chart_of(meters, today),
            **_open_invoices(unpaid, first, today),
            **version,
            "activity": happenings(recent_activity(READ), contract.ref, contract.number),
        },
    )


def _education(viewer: Viewer, vendor: Vendor, today: date) -> list[Task]:
    """Give what is to be done about education terms, for those who may read them."""
    if not viewer.may("see_account"):
        return []
    may_ask = vendor.education_terms and viewer.may("request_education")
    return education_tasks(education_brought(viewer.contract, today), may_ask=may_ask)


def _facts(viewer: Viewer, today: date, contract: Contract, stands: Standing) -> dict[str, Any]:
    return {
        "today": today,
        "contract": contract,
        "standing": stands,
        "now": clock.now(),
        "sees_invoices": viewer.may("see_invoices"),
        "sees_subscription": viewer.may("see_subscription"),
        "waiting": waiting_tickets(viewer.contract_id, MOST_WAITING) if viewer.may("see_tickets") else [],
    }


def _licence(viewer: Viewer, vendor: Vendor, bookings: list[Booking]) -> dict[str, Any]:
    """Give the offline licence that ends next, and whether it is out of date; nothing where none can be issued now."""
    newest = next_to_end(viewer.contract_id) if viewer.may("see_licence") else None
    if newest is None:
        return {}
    outdated = booked_otherwise(newest, viewer.contract, vendor, bookings, viewer.token_public_id)
    return {"licence": newest, "licence_outdated": outdated}


def _plan(booked: list[Booking]) -> str:
    plans = [one for one in booked if one.kind == ItemKind.PLAN]
    return booking_name(plans[-1], (get_language() or "en")[:2]) if plans else ""


def _open_invoices(unpaid: list[Unpaid], first: list[Invoice], today: date) -> dict[str, Any]:
    shown = [OpenInvoice(one, INVOICE_LOOKS[shown_state(one.state, one.due_on, today)]) for one in first]
    return {
        "unpaid": unpaid,
        "open_count": sum(one.count for one in unpaid),
        "overdue_count": sum(one.overdue for one in unpaid),
        "not_due_count": sum(one.count - one.overdue for one in unpaid),
        "open_invoices": shown,
    }


def _version(viewer: Viewer, today: date) -> dict[str, Any]:
    """Give the latest version with its installation and update packages, in this order (B10)."""
    found = latest_with_packages(viewer.contract.product_id, today)
    if found is None:
        return {"release": None}
    release, files = found
    answer = claims_of(viewer.contract, today, add_ons=False).to_release(release)
    rows = packages_of(viewer, release, files, answer)
    return {
        "release": release,
        "release_open": answer.allowed,
        "release_why": entitlement_text(answer),
        "packages": [row for row in rows if row.kind in (FileKind.INSTALLATION, FileKind.UPDATE)],
    }
