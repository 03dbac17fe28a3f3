"""The queue of tickets, the least time left first, and taking the next one."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from torhaus.accounts.models import User
from torhaus.backoffice.finding import page_of_all, rights_of
from torhaus.backoffice.tickets.forms import EVERYBODY, QueueForm
from torhaus.backoffice.tickets.rows import TicketRow, ticket_row
from torhaus.core import clock
from torhaus.frame.access import actor_of, staff_may
from torhaus.organisations.search import customer_across_customers
from torhaus.support.desk import (
    Wanted,
    counts_across_customers,
    queue_across_customers,
    rows_across_customers,
    workers,
)
from torhaus.support.desk_changes import take_next_ticket as take_next_ticket_deed
from torhaus.support.models import Ticket, TicketState
from torhaus.support.queries import calendar_of
from torhaus.support.time_left import SOON
from torhaus.vendor.queries import the_vendor


@staff_may("handle_tickets")
@require_safe
def tickets(request: HttpRequest) -> HttpResponse:
    """Show the tickets that wait for an answer, or those that were looked for."""
    me = staff_of(request)
    data = request.GET.copy()
    data.setdefault("state", TicketState.OPEN)
    form = QueueForm(data, me=me, workers=workers())
    wanted = _wanted(form.cleaned_data) if form.is_valid() else Wanted()
    now = clock.now()
    page = page_of_all(request, queue_across_customers(wanted).only("pk"))
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "rows": _rows(list(page.object_list), now),
        "filtered": wanted != Wanted(),
        "to_answer": wanted.state == TicketState.OPEN,
        "customer": customer_across_customers(wanted.customer_ref) if wanted.customer_ref else None,
        "counts": counts_across_customers(now, now + SOON),
        "rights": rights_of(request),
    }
    return render(request, "backoffice/tickets/tickets.html", context)


@staff_may("handle_tickets")
@require_POST
def take_next_ticket(request: HttpRequest) -> HttpResponse:
    """Take the most urgent ticket that nobody works on."""
    ticket = take_next_ticket_deed(worker=staff_of(request), by=actor_of(request))
    if ticket is None:
        messages.info(request, _("Every ticket that waits for an answer has somebody who works on it."))
        return redirect("backoffice:tickets")
    messages.success(request, _("You now work on %(number)s.") % {"number": ticket.number})
    return redirect("backoffice:ticket", ref=ticket.ref)


def staff_of(request: HttpRequest) -> User:
    """Give the member of staff, whom the door let in."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - staff_may lets nobody else in
    return user


def _wanted(said: dict[str, str]) -> Wanted:
    state = "" if said["state"] == EVERYBODY else said["state"] or TicketState.OPEN
    return Wanted(state, said["worker"], said["customer"], said["q"])


def _rows(tickets: list[Ticket], now: datetime) -> list[TicketRow]:
    calendar = calendar_of(the_vendor())
    return [ticket_row(ticket, now, calendar) for ticket in rows_across_customers(tickets)]
