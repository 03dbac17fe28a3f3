"""Write in a ticket, and close one that is solved."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.attached_files import offered_files, takes_attachments
from torhaus.frame.throttling import count_about
from torhaus.journeys.reply_to_ticket import reply_to_ticket as reply_to_ticket_deed
from torhaus.support.attachments import FilesRefused, take_files
from torhaus.support.messages import AlreadySaid, NewFile, refuse_what_was_said
from torhaus.support.models import Message, Ticket
from torhaus.support.queries import ticket_of
from torhaus.support.rules import TicketClosed
from torhaus.support.tickets import close_ticket as close_ticket_deed
from torhaus.support.words import refusal_text
from torhaus.web.tickets.asking import LIMIT, MAIL_USED
from torhaus.web.tickets.forms import AnswerForm
from torhaus.web.tickets.views import may_write, show_ticket


@viewer_may("create_ticket")
@takes_attachments
@require_POST
def reply_to_ticket(request: HttpRequest, ref: str) -> HttpResponse:
    """Write in a ticket; a closed one is open again afterwards."""
    ticket, form = _find(request, ref), AnswerForm(request.POST)
    if not may_write(request, ticket):
        return show_ticket(request, ticket, form, status=409)
    if wait := count_about(viewer_of(request).contract_ref, door="ticket", limit=LIMIT):
        minutes = max(1, -(-wait // 60))
        text = ngettext(
            "A lot was sent for this contract just now. Wait %(n)d minute, then send again.",
            "A lot was sent for this contract just now. Wait %(n)d minutes, then send again.",
            minutes,
        )
        form.add_error(None, text % {"n": minutes})
        return show_ticket(request, ticket, form, status=429)
    offered, refusals = offered_files(request)
    if not form.is_valid() or refusals:
        return show_ticket(request, ticket, form, refused=[refusal_text(one) for one in refusals], status=422)
    try:
        # A form sent twice must not store its files twice.
        refuse_what_was_said(nonce=form.cleaned_data["nonce"])
        files = take_files(offered, contract=viewer_of(request).contract, by=actor_of(request))
    except AlreadySaid as twice:
        return _written(ticket, twice.message)
    except FilesRefused as refused:
        return show_ticket(request, ticket, form, refused=[refusal_text(one) for one in refused.refusals], status=422)
    return _write(request, ticket, form, files)


def _write(request: HttpRequest, ticket: Ticket, form: AnswerForm, files: list[NewFile]) -> HttpResponse:
    try:
        message = reply_to_ticket_deed(
            ticket_id=ticket.pk,
            body=form.cleaned_data["body"],
            mail=request.session.get(MAIL_USED, ""),
            attachments=files,
            nonce=form.cleaned_data["nonce"],
            by=actor_of(request),
        )
    except AlreadySaid as twice:
        message = twice.message
    except TicketClosed:  # closed for good, or merged, a moment ago
        return show_ticket(request, _find(request, ticket.ref), form, status=409)
    return _written(ticket, message)


def _written(ticket: Ticket, message: Message) -> HttpResponse:
    return redirect(f"{reverse('web:ticket', args=[ticket.ref])}#m{message.ref}")


@viewer_may("create_ticket")
@require_POST
def close_ticket(request: HttpRequest, ref: str) -> HttpResponse:
    """Close a ticket that is solved."""
    ticket = _find(request, ref)
    try:
        close_ticket_deed(ticket_id=ticket.pk, by=actor_of(request))
    except TicketClosed:
        messages.info(request, _("This ticket goes on in another one."))
    else:
        messages.success(request, _("The ticket is closed. Thank you for telling us."))
    return redirect("web:ticket", ref=ref)


def _find(request: HttpRequest, ref: str) -> Ticket:
    found = ticket_of(viewer_of(request).contract_id, ref)
    if found is None:
        raise Http404
    return found
