"""What staff see of a ticket and its conversation, worked out before a template sees it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from torhaus.backoffice.tickets.words import TICKET_LOOKS, time_look
from torhaus.frame.words import Look
from torhaus.support.business_hours import Calendar
from torhaus.support.models import Attachment, AuthorKind, Channel, Message, Ticket, TicketState
from torhaus.support.queries import Said
from torhaus.support.time_left import time_left


@dataclass(frozen=True)
class TicketRow:
    """A ticket in a list: its state, and how much time is left if somebody waits for the vendor."""

    ticket: Ticket
    state: Look
    time: Look | None


@dataclass(frozen=True)
class Line:
    """A message: who said it, and whether that is somebody the vendor knows.

    ``new`` marks what came after the page was opened whose answer is being written.
    """

    message: Message
    attachments: list[Attachment]
    author: str
    by_staff: bool
    by_mail: bool
    strange: bool
    new: bool


def ticket_row(ticket: Ticket, now: datetime, calendar: Calendar) -> TicketRow:
    """Give a ticket as its row in a list shows it."""
    due = ticket.due_at if ticket.state == TicketState.OPEN else None
    left = time_look(time_left(due, now, calendar)) if due else None
    return TicketRow(ticket, TICKET_LOOKS[TicketState(ticket.state)], left)


def lines_of(said: Iterable[Said], ticket: Ticket, known: Iterable[str], seen: int | None) -> list[Line]:
    """Give the conversation. ``known`` are the addresses of the customer's contacts."""
    addresses = {mail.lower() for mail in known} | {ticket.mail.lower()}
    return [_line(one, addresses, seen) for one in said]


def _line(said: Said, addresses: set[str], seen: int | None) -> Line:
    message = said.message
    by_staff = message.author_kind == AuthorKind.STAFF
    by_mail = message.channel == Channel.MAIL
    name = (message.author.name if message.author else "") or message.author_name
    erased = message.author_erased_at is not None
    return Line(
        message=message,
        attachments=said.attachments,
        author=gettext("Erased person") if erased else name or message.author_mail,
        by_staff=by_staff,
        by_mail=by_mail,
        # Anybody can write any address into a mail; one that is not even known is shown to be so.
        strange=by_mail and not erased and message.author_mail.lower() not in addresses,
        new=seen is not None and message.position > seen,
    )
