"""The deed ``merge_tickets``: two tickets about the same go on as one, and the customer is told where."""

from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.journeys.ticket_mail import mail_merged
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.support.desk import ticket_numbered_across_customers
from torhaus.support.desk_changes import CannotMerge, lock_ticket
from torhaus.support.messages import Author, add_message
from torhaus.support.models import AuthorKind, Ticket, TicketState
from torhaus.vendor.queries import the_vendor


@deed("merge_tickets")
def merge_tickets(*, ticket_ref: str, into_number: str, author: User, by: Actor) -> Ticket:
    """Let a ticket go on in another one of the same contract; give that one. What was said stays where it is.

    The other one's clock is the earlier of both: nobody waits longer because of a merge.

    Raises:
        UnknownTicket: no such ticket.
        CannotMerge: into itself, into nothing, into one that is over, of another contract, or twice.
    """
    target = ticket_numbered_across_customers(into_number.strip().upper())
    if target is None:
        raise CannotMerge("unknown")
    # Always in one order, so that two merges of the same pair never wait for each other.
    locked = {ref: lock_ticket(ticket_ref=ref) for ref in sorted({ticket_ref, target.ref})}
    ticket, into = locked[ticket_ref], locked[target.ref]
    _refuse(ticket, into)
    before = ticket.state
    _note(into, ticket, author)
    with scopes_disabled():
        into.refresh_from_db(fields=["state", "due_at", "last_number"])
        _hand_over(ticket, into)
        # Whoever was sent here is sent on: no chain grows, and none can close.
        Ticket.objects.filter(merged_into=ticket).update(merged_into=into)
    mail_merged(ticket=ticket, into=into)
    write_record(
        by=by,
        customer_ref=ticket.contract.customer.ref,
        subject=("ticket", ticket.ref),
        before={"state": before},
        after={"number": ticket.number, "contract": ticket.contract.number, "into": into.number},
    )
    return into


def _refuse(ticket: Ticket, into: Ticket) -> None:
    for refused, reason in (
        (ticket.pk == into.pk, "itself"),
        (ticket.state == TicketState.MERGED, "merged"),
        (ticket.contract.customer_id != into.contract.customer_id, "customer"),
        # Whoever is signed in for one contract does not see the other's tickets.
        (ticket.contract_id != into.contract_id, "contract"),
        (into.state in {TicketState.CLOSED, TicketState.MERGED}, "closed"),
    ):
        if refused:
            raise CannotMerge(reason)


def _hand_over(ticket: Ticket, into: Ticket) -> None:
    now = clock.now()
    if ticket.state == TicketState.OPEN:
        due = [one.due_at for one in (ticket, into) if one.state == TicketState.OPEN and one.due_at]
        into.state, into.due_at = TicketState.OPEN, min(due, default=None)
    into.changed_at = now
    into.save(update_fields=["state", "due_at", "changed_at"])
    ticket.state, ticket.due_at, ticket.merged_into, ticket.changed_at = TicketState.MERGED, None, into, now
    ticket.save(update_fields=["state", "due_at", "merged_into", "changed_at"])


def _note(into: Ticket, ticket: Ticket, author: User) -> None:
    with translation.override(the_vendor().language):
        body = _("%(number)s was merged into this ticket.") % {"number": ticket.number}
    said_by = Author(AuthorKind.STAFF, user=author, name=author.name)
    add_message(ticket_id=into.pk, author=said_by, body=body, internal=True)
