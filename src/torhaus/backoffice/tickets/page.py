"""The page of a ticket, as every view of it shows it: conversation, facts, and forms fresh or as they were sent."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from torhaus.backoffice.finding import rights_of, within
from torhaus.backoffice.rows import contract_row
from torhaus.backoffice.tickets.forms import AnswerForm, AssignForm, NoteForm, places_of
from torhaus.backoffice.tickets.queue import staff_of
from torhaus.backoffice.tickets.rows import lines_of, ticket_row
from torhaus.core import clock
from torhaus.core.random import base62
from torhaus.core.texts import text_in
from torhaus.organisations.models import Contact
from torhaus.organisations.search import contacts_of
from torhaus.support.canned import canned_answer, canned_answers, filled
from torhaus.support.desk import (
    conversation_across_customers,
    merged_into_across_customers,
    package_names,
    ticket_across_customers,
    workers,
)
from torhaus.support.models import Ticket
from torhaus.support.queries import calendar_of
from torhaus.support.reasons import reason_name
from torhaus.support.words import kinds_text
from torhaus.vendor.queries import the_vendor

_NONCE = 22


def the_ticket(ref: str) -> Ticket:
    """Give the ticket of a reference with its customer.

    Raises:
        Http404: there is none.
    """
    found = ticket_across_customers(ref)
    if found is None:
        raise Http404
    return found


def show_ticket(
    request: HttpRequest,
    ticket: Ticket,
    *,
    answer: AnswerForm | None = None,
    note: NoteForm | None = None,
    preview: str = "",
    between: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show a ticket, with forms as they were sent.

    ``preview`` is an answer to be looked at, ``between`` the first message that came while one was written.
    """
    found = the_ticket(ticket.ref)
    seen = found.last_number
    if answer is not None and between is None:
        # Still what was read when the answer was begun: what came since is warned of when it is sent.
        seen = answer.cleaned_data.get("seen", seen) if answer.is_bound else seen
    context = _facts(found, between) | {
        "answer": answer or _fresh_answer(request, found),
        "seen": seen,
        "note": note or NoteForm(initial={"nonce": base62(_NONCE)}),
        "me": staff_of(request),
        "preview": preview,
        "between": between is not None,
        "forms": [form for form in (answer, note) if form is not None],
        "rights": rights_of(request),
    }
    return render(request, "backoffice/tickets/ticket.html", context, status=status)


def _facts(ticket: Ticket, between: int | None) -> dict[str, Any]:
    vendor, customer, worker = the_vendor(), ticket.contract.customer, ticket.assigned_to
    said = conversation_across_customers(ticket)
    language = (get_language() or "en")[:2]
    known = [contact.mail for contact in _contacts(ticket)]
    return {
        "ticket": ticket,
        "customer": customer,
        "contract": contract_row(ticket.contract, vendor.time_zone),
        "row": ticket_row(ticket, clock.now(), calendar_of(vendor)),
        "reason": reason_name(ticket.reason, vendor.support_reasons, language),
        "package": text_in(package_names().get(ticket.package, {"": ticket.package}), language),
        "lines": lines_of(said, ticket, known, between - 1 if between is not None else None),
        "merged": merged_into_across_customers(ticket),
        "assign": AssignForm(workers=workers(), initial={"worker": worker.ref if worker else ""}),
        "canned": canned_answers(),
        "kinds": kinds_text(),
    }


def _contacts(ticket: Ticket) -> list[Contact]:
    customer = ticket.contract.customer
    with within(customer):
        return contacts_of(customer.pk)


def _fresh_answer(request: HttpRequest, ticket: Ticket) -> AnswerForm:
    """Give an empty form, or one with a prepared answer if that is asked for."""
    ref = request.GET.get("canned", "")
    canned = canned_answer(ref) if ref else None
    body = filled(canned, ticket.language, places_of(ticket, staff_of(request))) if canned else ""
    return AnswerForm(initial={"body": body, "nonce": base62(_NONCE)})
