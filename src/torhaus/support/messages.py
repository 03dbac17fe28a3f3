"""Writes what is said in tickets: gives it its place, and lets it move the ticket's state and clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.records.deeds import part
from torhaus.support.business_hours import due_at
from torhaus.support.models import Attachment, AuthorKind, Channel, Message, Ticket
from torhaus.support.queries import calendar_of
from torhaus.support.rules import Said, State, clean_body, turn_after
from torhaus.vendor.queries import the_vendor


class AlreadySaid(Exception):
    """The same form or the same mail came before; ``message`` is what it became."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.ref)
        self.message = message


class UnknownTicket(Exception):
    """There is no such ticket."""


@dataclass(frozen=True)
class NewFile:
    """A file that was examined and stored, and is to be attached. ``key`` is its SHA-256."""

    name: str
    content_type: str
    size: int
    key: str


@dataclass(frozen=True)
class Author:
    """Who says something. ``user`` is set for staff; a customer has a mail address, perhaps a name."""

    kind: AuthorKind
    user: User | None = None
    name: str = ""
    mail: str = ""


@part
def add_message(
    *,
    ticket_id: int,
    author: Author,
    body: str,
    channel: Channel = Channel.PAGE,
    internal: bool = False,
    attachments: Sequence[NewFile] = (),
    message_id: str | None = None,
    nonce: str | None = None,
) -> Message:
    """Write a message with its attachments; the ticket's row is locked, and its state, clock and days follow.

    An internal note changes nothing that a customer could see, not even when the ticket last changed.
    Raises UnknownTicket, AlreadySaid (by ``message_id`` or ``nonce``), BodyEmpty, BodyTooLong, TicketClosed.
    """
    text = clean_body(body)
    with scopes_disabled():
        ticket = _locked(ticket_id)
        refuse_what_was_said(message_id=message_id, nonce=nonce)
        now = clock.now()
        _move(ticket, _said(author, internal=internal), now)
        ticket.last_number += 1
        ticket.save()
        message = Message.objects.create(
            ticket=ticket,
            position=ticket.last_number,
            author_kind=author.kind,
            author=author.user,
            author_name=author.name,
            author_mail=author.mail,
            channel=channel,
            internal=internal,
            body=text,
            message_id=message_id,
            nonce=nonce,
            written_at=now,
        )
        _attach(message, attachments)
    return message


def _locked(ticket_id: int) -> Ticket:
    ticket = Ticket.objects.select_for_update(of=("self",)).filter(pk=ticket_id).first()
    if ticket is None:
        raise UnknownTicket(ticket_id)
    return ticket


def _attach(message: Message, files: Sequence[NewFile]) -> None:
    Attachment.objects.bulk_create(
        Attachment(message=message, name=one.name, content_type=one.content_type, size=one.size, key=one.key)
        for one in files
    )


def refuse_what_was_said(*, message_id: str | None = None, nonce: str | None = None) -> None:
    """Refuse what came before, by mail or by form. Callers hold a lock that makes the answer last.

    Raises:
        AlreadySaid: it did.
    """
    with scopes_disabled():
        messages = Message.objects.select_related("ticket")
        for name, value in (("message_id", message_id), ("nonce", nonce)):
            found = messages.filter(**{name: value}).first() if value else None
            if found is not None:
                raise AlreadySaid(found)


def _said(author: Author, *, internal: bool) -> Said:
    if internal:
        return Said.NOTE
    return Said.BY_STAFF if author.kind == AuthorKind.STAFF else Said.BY_CUSTOMER


def _move(ticket: Ticket, said: Said, now: datetime) -> None:
    if said is Said.NOTE:
        return
    turn = turn_after(said, state=State(ticket.state), closed_at=ticket.closed_at, now=now)
    ticket.state, ticket.closed_at, ticket.changed_at = turn.state, None, now
    if said is Said.BY_STAFF:
        ticket.due_at, ticket.answered_at = None, ticket.answered_at or now
    elif turn.clock_starts:
        ticket.due_at = promised_by(ticket.response_hours, now)


def promised_by(response_hours: int | None, now: datetime) -> datetime | None:
    """Give by when the vendor promised to answer what is asked ``now``; None without a promise."""
    return None if response_hours is None else due_at(now, response_hours, calendar_of(the_vendor()))
