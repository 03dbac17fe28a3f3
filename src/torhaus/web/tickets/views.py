"""The customer's tickets: the list, one with its conversation, and attached files."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from torhaus.core import clock
from torhaus.frame.access import viewer_may, viewer_of
from torhaus.frame.sending import send_uploaded_file, sends_files
from torhaus.frame.words import Look
from torhaus.support.models import AuthorKind, Channel, Ticket, TicketState
from torhaus.support.queries import (
    Said,
    attachment_of,
    messages_of,
    package_of,
    ticket_counts,
    ticket_of,
    tickets_of,
    with_attachments,
)
from torhaus.support.reasons import reason_name
from torhaus.support.rules import MAX_BODY, State, may_reopen
from torhaus.web.tickets.attaching import file_limits
from torhaus.web.tickets.forms import AnswerForm
from torhaus.web.tickets.words import TICKET_LOOKS
from torhaus.web.words import size_text, vendor_today

PER_PAGE, MESSAGES = 25, 30


@dataclass(frozen=True)
class Row:
    """A ticket as the list shows it."""

    ticket: Ticket
    look: Look


@dataclass(frozen=True)
class Line:
    """A message as the conversation shows it. ``who`` is empty for the customer; ``files`` come with their sizes."""

    said: Said
    staff: bool
    who: str
    address: str
    by_mail: bool
    files: list[tuple[Any, str]]


@viewer_may("see_tickets")
@require_safe
def tickets(request: HttpRequest) -> HttpResponse:
    """Show the contract's tickets, those of one state if the address names it."""
    viewer = viewer_of(request)
    state = request.GET.get("state", "")
    state = state if state in TicketState.values else ""
    counts = ticket_counts(viewer.contract_id)
    pages = Paginator(tickets_of(viewer.contract_id, state), PER_PAGE)
    pages.count = counts[state] if state else sum(counts.values())
    page = pages.get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [Row(one, TICKET_LOOKS[TicketState(one.state)]) for one in page],
        "state": state,
        "tabs": [(one, look.text, counts[one]) for one, look in TICKET_LOOKS.items() if counts[one] or one == state],
        "all": sum(counts.values()),
        "may_ask": viewer.may("create_ticket") and package_of(viewer.contract, vendor_today(request)[1]) is not None,
    }
    return render(request, "web/tickets/tickets.html", context)


@viewer_may("see_tickets")
@require_safe
def ticket(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one ticket with its conversation, the newest message last."""
    found = ticket_of(viewer_of(request).contract_id, ref)
    if found is None:
        raise Http404
    return show_ticket(request, found, AnswerForm())


def show_ticket(
    request: HttpRequest, found: Ticket, form: AnswerForm, *, refused: list[str] | None = None, status: int = 200
) -> HttpResponse:
    """Show a ticket with the form to write in it, as far as it goes on."""
    vendor, _today = vendor_today(request)
    pages = Paginator(messages_of(found), MESSAGES)
    page = pages.get_page(request.GET.get("page") or pages.num_pages)
    lines = [_line(said, found, vendor.name) for said in with_attachments(page)]
    writes = may_write(request, found)
    context = {
        "ticket": found,
        "look": TICKET_LOOKS[TicketState(found.state)],
        "reason": reason_name(found.reason, vendor.support_reasons, (get_language() or "en")[:2]),
        "page": page,
        "lines": lines,
        "form": form,
        "errors": form.shown_errors() if form.is_bound else [],
        "most": MAX_BODY,
        "may_write": writes,
        "may_close": found.state in {TicketState.OPEN, TicketState.WAITING} and viewer_of(request).may("create_ticket"),
        "refused_now": status == 409,
        **file_limits(refused or [], chosen=bool(request.FILES) and status != 200),
    }
    return render(request, "web/tickets/ticket.html", context, status=status)


def may_write(request: HttpRequest, found: Ticket) -> bool:
    """Whether the customer may write in a ticket.

    What was begun is brought to its end, whatever became of the package since; only to open a
    closed one again takes a package in force, as to ask anew does.
    """
    viewer = viewer_of(request)
    if not viewer.may("create_ticket") or found.state == TicketState.MERGED:
        return False
    if found.state != TicketState.CLOSED:
        return True
    _vendor, today = vendor_today(request)
    still = may_reopen(State(found.state), found.closed_at, clock.now())
    return still and package_of(viewer.contract, today) is not None


def _line(said: Said, found: Ticket, vendor_name: str) -> Line:
    message = said.message
    staff = message.author_kind == AuthorKind.STAFF
    name = message.author.name.split()[0] if message.author and message.author.name.split() else ""
    return Line(
        said=said,
        staff=staff,
        who=(f"{name}, {vendor_name}" if name else vendor_name) if staff else "",
        address="" if staff else message.author_mail or (found.mail if message.position == 1 else ""),
        by_mail=message.channel == Channel.MAIL,
        files=[(one, size_text(one.size)) for one in said.attachments],
    )


@viewer_may("see_tickets")
@sends_files
@require_safe
def ticket_attachment(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Give an attached file: to keep, never to show, and wherever it is shown all the same it may run nothing."""
    found = attachment_of(viewer_of(request).contract_id, ref)
    if found is None:
        raise Http404
    return send_uploaded_file(
        request,
        about=f"the attachment {found.ref}",
        key=found.key,
        size=found.size,
        name=found.name,
        content_type=found.content_type,
    )
