"""Tickets as staff read them: the queue over all customers, one ticket with its notes, and counts for work lists."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django_scopes import scopes_disabled

from torhaus.support.models import Channel, Message, Ticket, TicketState

OPEN_STATES = (TicketState.OPEN, TicketState.WAITING)
CANDIDATES = 200


@dataclass(frozen=True)
class Counts:
    """How many tickets wait for the vendor: overdue, due soon, without anybody, and all."""

    overdue: int
    soon: int
    unassigned: int
    open: int


def ticket_across_customers(ref: str) -> Ticket | None:
    """Find a ticket by reference with contract, customer and who works on it, whosever it is."""
    return _one(Q(ref=ref))


def ticket_numbered_across_customers(number: str) -> Ticket | None:
    """Find a ticket by number, whosever it is; a merged one leads to the one it went into."""
    found, seen = _one(Q(number=number)), 0
    while found is not None and found.merged_into_id and seen < 50:
        found, seen = _one(Q(pk=found.merged_into_id)), seen + 1
    return found


def mails_since_across_customers(ticket: Ticket, since: datetime) -> int:
    """Give how many mails came into a ticket since then."""
    with scopes_disabled():
        return Message.objects.filter(ticket=ticket, channel=Channel.MAIL, written_at__gte=since).count()


def _one(condition: Q) -> Ticket | None:
    with scopes_disabled():
        rows = Ticket.objects.select_related(
            "contract__customer", "contract__product", "assigned_to", "merged_into", "follows", "article"
        )
        return rows.filter(condition).first()
