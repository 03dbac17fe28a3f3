"""Answering a ticket: with files, and with a warning where somebody else wrote meanwhile."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from torhaus.backoffice.tickets.forms import AnswerForm
from torhaus.backoffice.tickets.page import show_ticket, the_ticket
from torhaus.backoffice.tickets.queue import staff_of
from torhaus.frame.access import actor_of, staff_may
from torhaus.frame.attached_files import offered_files, takes_attachments
from torhaus.journeys.answer_ticket import SomebodyWrote
from torhaus.journeys.answer_ticket import answer_ticket as answer_ticket_deed
from torhaus.notices.letters import MailRefused
from torhaus.support.attachments import FilesRefused, take_files
from torhaus.support.messages import AlreadySaid, NewFile, refuse_what_was_said
from torhaus.support.models import Ticket
from torhaus.support.rules import TicketClosed
from torhaus.support.words import refusal_text


@staff_may("handle_tickets")
@takes_attachments
@require_http_methods(["GET", "HEAD", "POST"])
def answer_ticket(request: HttpRequest, ref: str) -> HttpResponse:
    """Answer the customer and wait or close, or show how the answer will look.

    Whoever comes back to this address, by a bookmark or by switching the language, is led to the ticket.
    """
    ticket = the_ticket(ref)
    if request.method != "POST":
        return redirect("backoffice:ticket", ref=ref)
    form = AnswerForm(request.POST)
    if form.is_valid():
        if request.POST.get("then") == "preview":
            return show_ticket(request, ticket, answer=form, preview=form.cleaned_data["body"])
        try:
            _answer(request, ticket, form)
        except SomebodyWrote as came:
            return show_ticket(request, ticket, answer=form, between=came.position, status=409)
        except AlreadySaid:
            return redirect("backoffice:ticket", ref=ref)
    if form.is_valid():
        messages.success(request, _("Your answer was sent to the customer."))
        return redirect("backoffice:ticket", ref=ref)
    return show_ticket(request, ticket, answer=form, status=422)


def _answer(request: HttpRequest, ticket: Ticket, form: AnswerForm) -> None:
    """Send what a valid form says; what stands against it becomes an error of the form."""
    nonce = form.cleaned_data["nonce"] or None
    try:
        answer_ticket_deed(
            ticket_ref=ticket.ref,
            body=form.cleaned_data["body"],
            seen=form.cleaned_data["seen"],
            author=staff_of(request),
            close=request.POST.get("then") == "close",
            files=_files(request, ticket, nonce),
            nonce=nonce,
            by=actor_of(request),
        )
    except FilesRefused as refused:
        for one in refused.refusals:
            form.add_error(None, refusal_text(one))
    except MailRefused:
        form.add_error("body", _("A licence token stands in this answer. Mails must not hold one: take it out."))
    except TicketClosed:
        form.add_error(None, _("This ticket was merged meanwhile. Answer in the one it went into."))


def _files(request: HttpRequest, ticket: Ticket, nonce: str | None) -> list[NewFile]:
    # A form sent twice must not store its files twice.
    refuse_what_was_said(nonce=nonce)
    offered, refusals = offered_files(request)
    if refusals:
        raise FilesRefused(refusals)
    return take_files(offered, contract=ticket.contract, by=actor_of(request)) if offered else []
