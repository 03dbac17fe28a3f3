"""What staff change about a ticket besides talking: who works on it, whose turn it is, where it goes on.

Each step locks the ticket's row, so that of two people at once the second sees what the first did.
"""

from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record
from torhaus.support.desk import ANSWERING, RELATED
from torhaus.support.messages import Author, UnknownTicket, add_message, promised_by
from torhaus.support.models import AuthorKind, Ticket, TicketState


class UnknownWorker(Exception):
    """Nobody of that reference answers tickets."""


class CannotMerge(Exception):
    """Why a ticket cannot go into another; ``reason`` is a word for the page."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StateNotPossible(Exception):
    """From its state the ticket cannot come into the wanted one."""


@part
def lock_ticket(*, ticket_ref: str) -> Ticket:
    """Lock a ticket's row until the deed ends; give it with contract and customer.

    Raises:
        UnknownTicket: no such ticket.
    """
    with scopes_disabled():
        rows = Ticket.objects.select_for_update(of=("self",)).select_related(*RELATED)
        ticket = rows.filter(ref=ticket_ref).first()
    if ticket is None:
        raise UnknownTicket(ticket_ref)
    return ticket


@part
def set_state(*, ticket: Ticket, state: TicketState) -> None:
    """Bring a locked ticket into a state; its clock stops, or begins anew when it is open again.

    Raises:
        StateNotPossible: it was merged, or is in that state.
    """
    now = clock.now()
    if ticket.state in {TicketState.MERGED, state}:
        raise StateNotPossible(ticket.state)
    ticket.state = state
    ticket.due_at = promised_by(ticket.response_hours, now) if state == TicketState.OPEN else None
    ticket.closed_at = now if state == TicketState.CLOSED else None
    ticket.changed_at = now
    ticket.save(update_fields=["state", "due_at", "closed_at", "changed_at"])


@deed("assign_ticket")
def assign_ticket(*, ticket_ref: str, worker_ref: str, by: Actor) -> Ticket:
    """Let somebody work on a ticket; the empty reference means nobody does.

    Raises:
        UnknownTicket: no such ticket.
        UnknownWorker: nobody of that reference answers tickets.
    """
    ticket = lock_ticket(ticket_ref=ticket_ref)
    worker = User.objects.filter(ref=worker_ref, is_active=True, staff_role__in=ANSWERING).first()
    if worker_ref and worker is None:
        raise UnknownWorker(worker_ref)
    before = ticket.assigned_to
    if before == worker:
        nothing_done()
        return ticket
    _assign(ticket, worker)
    _record(ticket, by, {"worker": before.ref if before else ""}, {"worker": worker_ref})
    return ticket


@deed("take_next_ticket")
def take_next_ticket(*, worker: User, by: Actor) -> Ticket | None:
    """Let ``worker`` work on the most urgent ticket that nobody works on; None if there is none."""
    with scopes_disabled():
        rows = Ticket.objects.select_for_update(of=("self",), skip_locked=True).select_related(*RELATED)
        waiting = rows.filter(state=TicketState.OPEN, assigned_to=None)
        promised = waiting.filter(due_at__isnull=False).order_by("due_at", "pk").first()
        ticket = promised or waiting.order_by("opened_at", "pk").first()
    if ticket is None:
        nothing_done()
        return None
    _assign(ticket, worker)
    _record(ticket, by, {"worker": ""}, {"worker": worker.ref})
    return ticket


@deed("note_ticket")
def note_ticket(*, ticket_ref: str, body: str, author: User, nonce: str | None = None, by: Actor) -> Ticket:
    """Write an internal note; no customer ever sees it, and no mail is sent.

    Raises:
        UnknownTicket, AlreadySaid, BodyEmpty, BodyTooLong: see ``add_message``.
    """
    ticket = lock_ticket(ticket_ref=ticket_ref)
    said_by = Author(AuthorKind.STAFF, user=author, name=author.name)
    message = add_message(ticket_id=ticket.pk, author=said_by, body=body, internal=True, nonce=nonce)
    _record(ticket, by, {}, {"position": message.position})
    return ticket


def _assign(ticket: Ticket, worker: User | None) -> None:
    ticket.assigned_to = worker
    ticket.save(update_fields=["assigned_to"])


def _record(ticket: Ticket, by: Actor, before: dict[str, object], after: dict[str, object]) -> None:
    # Not among the customer's records: that there is a note, or who works on it, is the vendor's own affair.
    write_record(
        by=by,
        subject=("ticket", ticket.ref),
        before=before,
        after={"number": ticket.number, **after},
    )
