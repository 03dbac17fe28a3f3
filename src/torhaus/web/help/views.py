"""The help page: public, and for a viewer with what the contract's support package offers."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from django_scopes import scope

from torhaus.frame.access import Viewer, public
from torhaus.frame.viewers import shown_viewer
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import Status, status
from torhaus.support.articles import published_articles, shown_in
from torhaus.support.models import TicketState
from torhaus.support.queries import calendar_of, package_of, ticket_counts
from torhaus.vendor.models import Vendor
from torhaus.web.help.support_words import hours_words, promise_words
from torhaus.web.words import vendor_today

ARTICLES = 6


@public
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Say whom to ask; lead to articles and tickets."""
    vendor, today = vendor_today(request)
    viewer, _staff = shown_viewer(request)
    language = (get_language() or "en")[:2]
    articles = [shown for one in published_articles()[:ARTICLES] if (shown := shown_in(one, language))]
    context: dict[str, Any] = {"articles": articles}
    if viewer is not None and not viewer.bar and viewer.may("see_tickets"):
        with scope(customer=viewer.customer_id, customer_ref=viewer.customer_ref):
            context |= support_facts(viewer, vendor, today) | _tickets(viewer)
    return render(request, "web/help/help.html", context)


def support_facts(viewer: Viewer, vendor: Vendor, today: date) -> dict[str, Any]:
    """Give the package in force and its promise in words (B21), or why there is none (B25). Inside the scope."""
    package, calendar = package_of(viewer.contract, today), calendar_of(vendor)
    stands = status(agreement_of(viewer.contract), today)
    return {
        "package": package,
        "promise": promise_words(package.response_hours, calendar) if package else "",
        "hours": hours_words(calendar),
        "may_ask": package is not None and viewer.may("create_ticket"),
        "ended": stands is Status.EXPIRED,
        "suspended": stands is Status.SUSPENDED,
    }


def _tickets(viewer: Viewer) -> dict[str, Any]:
    counts = ticket_counts(viewer.contract_id)
    return {
        "shows_tickets": True,
        "all_tickets": sum(counts.values()),
        "open_tickets": counts[TicketState.OPEN],
        "waiting_tickets": counts[TicketState.WAITING],
    }
