"""One ticket: the conversation with its notes, and what staff do about it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.backoffice.tickets.forms import MergeForm, NoteForm, StateForm
from torhaus.backoffice.tickets.page import show_ticket, the_ticket
from torhaus.backoffice.tickets.queue import staff_of
from torhaus.backoffice.tickets.words import MERGE_REFUSALS
from torhaus.frame.access import actor_of, staff_may
from torhaus.journeys.change_ticket_state import change_ticket_state as change_ticket_state_deed
from torhaus.journeys.merge_tickets import merge_tickets as merge_tickets_deed
from torhaus.support.desk import mergeable_across_customers
from torhaus.support.desk_changes import CannotMerge, StateNotPossible, UnknownWorker
from torhaus.support.desk_changes import assign_ticket as assign_ticket_deed
from torhaus.support.desk_changes import note_ticket as note_ticket_deed
from torhaus.support.messages import AlreadySaid
from torhaus.support.models import TicketState


@staff_may("handle_tickets")
@require_safe
def ticket(request: HttpRequest, ref: str) -> HttpResponse:
    """Show a ticket; ``?canned=`` puts a prepared answer into the form."""
    return show_ticket(request, the_ticket(ref))


@staff_may("handle_tickets")
@require_http_methods(["GET", "HEAD", "POST"])
def note_ticket(request: HttpRequest, ref: str) -> HttpResponse:
    """Write an internal note; whoever comes back to this address is led to the ticket."""
    found = the_ticket(ref)
    if request.method != "POST":
        return redirect("backoffice:ticket", ref=ref)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return show_ticket(request, found, note=form, status=422)
    said = form.cleaned_data
    try:
        note_ticket_deed(
            ticket_ref=ref,
            body=said["note"],
            author=staff_of(request),
            nonce=said["nonce"] or None,
            by=actor_of(request),
        )
    except AlreadySaid:
        return redirect("backoffice:ticket", ref=ref)
    messages.success(request, _("The note was kept. The customer does not see it."))
    return redirect("backoffice:ticket", ref=ref)


@staff_may("handle_tickets")
@require_POST
def assign_ticket(request: HttpRequest, ref: str) -> HttpResponse:
    """Say who works on a ticket."""
    found = the_ticket(ref)
    try:
        changed = assign_ticket_deed(
            ticket_ref=found.ref, worker_ref=request.POST.get("worker", ""), by=actor_of(request)
        )
    except UnknownWorker:
        messages.error(request, _("This person does not answer tickets any more. Choose somebody else."))
    else:
        name = changed.assigned_to.name if changed.assigned_to else _("nobody")
        messages.success(
            request, _("%(number)s is now worked on by %(name)s.") % {"number": found.number, "name": name}
        )
    return redirect("backoffice:ticket", ref=ref)


@staff_may("handle_tickets")
@require_POST
def change_ticket_state(request: HttpRequest, ref: str) -> HttpResponse:
    """Close a ticket, open it again, or give the turn to the customer."""
    found = the_ticket(ref)
    form = StateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the states on the page."))
        return redirect("backoffice:ticket", ref=ref)
    try:
        change_ticket_state_deed(
            ticket_ref=found.ref, state=TicketState(form.cleaned_data["state"]), by=actor_of(request)
        )
    except StateNotPossible:
        messages.info(request, _("Nothing was changed: somebody was faster, or the ticket was merged."))
    else:
        messages.success(request, _("The state was changed."))
    return redirect("backoffice:ticket", ref=ref)


@staff_may("handle_tickets")
@require_http_methods(["GET", "HEAD", "POST"])
def merge_tickets(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask in which ticket this one goes on, and merge them."""
    found = the_ticket(ref)
    form = MergeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            into = merge_tickets_deed(
                ticket_ref=ref,
                into_number=form.cleaned_data["into"],
                author=staff_of(request),
                by=actor_of(request),
            )
        except CannotMerge as refused:
            form.add_error("into", str(MERGE_REFUSALS[refused.reason]))
        else:
            said = _("%(number)s was merged into %(into)s, and the customer was told.")
            messages.success(request, said % {"number": found.number, "into": into.number})
            return redirect("backoffice:ticket", ref=into.ref)
    context = {
        "ticket": found,
        "customer": found.contract.customer,
        "form": form,
        "others": mergeable_across_customers(found),
        "chosen": form["into"].value(),
    }
    return render(request, "backoffice/tickets/merge_tickets.html", context, status=422 if form.is_bound else 200)
