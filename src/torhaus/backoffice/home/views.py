"""What waits for staff: only the lists that a role may work on."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from torhaus.accounts.erasure_requests import count_open_requests
from torhaus.backoffice.customers.forms import SearchForm
from torhaus.backoffice.finding import rights_of
from torhaus.billing.search import count_unmatched_across_customers
from torhaus.core import clock
from torhaus.frame.access import staff_may
from torhaus.frame.viewers import vendor_of
from torhaus.licensing.search import ending_tokens_across_customers
from torhaus.notices.search import count_failed_mails_across_customers
from torhaus.organisations.people import count_recoveries_across_customers
from torhaus.subscriptions.booking_requests import count_waiting_across_customers
from torhaus.subscriptions.rules import plus_days
from torhaus.subscriptions.search import ending_contracts_across_customers
from torhaus.support.desk import counts_across_customers
from torhaus.support.time_left import SOON
from torhaus.vendor.queries import the_vendor
from torhaus.work.queries import dead_jobs

SOON_DAYS = 30


@staff_may("")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the work lists of the member of staff."""
    rights = rights_of(request)
    context: dict[str, Any] = {"search": SearchForm(), "soon_days": SOON_DAYS}
    if "match_invoices" in rights:
        context["unmatched"] = count_unmatched_across_customers()
    if rights & {"add_booking", "decide_education"}:
        more, terms = count_waiting_across_customers()
        context["requests"] = more if "add_booking" in rights else None
        context["education"] = terms if "decide_education" in rights else None
    if "recover_owner" in rights:
        context["recoveries"] = count_recoveries_across_customers(without=request.user.pk or 0)
    if "handle_personal_data" in rights:
        context["erasures"] = count_open_requests()
    if "handle_tickets" in rights:
        context["tickets"] = counts_across_customers(clock.now(), clock.now() + SOON)
    if "see_mails" in rights:
        context["failed_mails"] = count_failed_mails_across_customers()
    if "see_work" in rights:
        context["failed_jobs"] = dead_jobs().count()
    if "see_customers" in rights:
        vendor = vendor_of(request) or the_vendor()  # read once for the whole page
        today, now = clock.today(vendor.time_zone), clock.now()
        context["contracts"] = ending_contracts_across_customers(today=today, until=plus_days(today, SOON_DAYS))
        context["tokens"] = ending_tokens_across_customers(now=now, until=now + timedelta(days=7))
    return render(request, "backoffice/home.html", context | {"rights": rights})
