"""The deed ``answer_ticket``: staff answer a customer, on the page and by mail, and perhaps close the ticket."""

from collections.abc import Sequence

from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.journeys.ticket_mail import mail_answer
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.support.desk_changes import lock_ticket, set_state
from torhaus.support.messages import Author, NewFile, add_message, refuse_what_was_said
from torhaus.support.models import AuthorKind, Message, Ticket, TicketState


class SomebodyWrote(Exception):
    """Something was said in the ticket since the page was opened; ``position`` is where it begins."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


@deed("answer_ticket")
def answer_ticket(
    *,
    ticket_ref: str,
    body: str,
    seen: int,
    author: User,
    close: bool = False,
    files: Sequence[NewFile] = (),
    nonce: str | None = None,
    by: Actor,
) -> Message:
    """Answer a ticket; ``seen`` is the position of the last message its author had read.

    A ticket nobody works on becomes the author's.

    Raises:
        SomebodyWrote: there is a newer message, which may change what is to be said.
        SecretInMail: a licence token stands in the answer, and mails hold none.
        UnknownTicket, AlreadySaid, BodyEmpty, BodyTooLong, TicketClosed: see ``add_message``.
    """
    ticket = lock_ticket(ticket_ref=ticket_ref)
    if ticket.last_number != seen:
        # The same form twice is no surprise to anybody.
        refuse_what_was_said(nonce=nonce)
        raise SomebodyWrote(seen + 1)
    before: dict[str, object] = {"state": ticket.state}
    said_by = Author(AuthorKind.STAFF, user=author, name=author.name)
    message = add_message(ticket_id=ticket.pk, author=said_by, body=body, attachments=files, nonce=nonce)
    _follow(ticket, author, close=close)
    mail_answer(ticket=ticket, message=message, files=[one.name for one in files], closed=close)
    _record(ticket, by, before, {"position": message.position, "attachments": len(files)})
    return message


def _record(ticket: Ticket, by: Actor, before: dict[str, object], said: dict[str, object]) -> None:
    write_record(
        by=by,
        customer_ref=ticket.contract.customer.ref,
        subject=("ticket", ticket.ref),
        before=before,
        after={"number": ticket.number, "contract": ticket.contract.number, "state": ticket.state, **said},
    )


def _follow(ticket: Ticket, author: User, *, close: bool) -> None:
    """Let the ticket's state and who works on it follow the answer."""
    with scopes_disabled():
        ticket.refresh_from_db(fields=["state", "due_at", "closed_at", "changed_at", "answered_at", "last_number"])
    if close:
        set_state(ticket=ticket, state=TicketState.CLOSED)
    if ticket.assigned_to is None:
        ticket.assigned_to = author
        ticket.save(update_fields=["assigned_to"])
