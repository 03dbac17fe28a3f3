"""Opens tickets and closes them."""

from dataclasses import dataclass

from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record
from torhaus.subscriptions.models import Contract
from torhaus.support.messages import UnknownTicket, promised_by, refuse_what_was_said
from torhaus.support.models import Article, Ticket, TicketNumbers, TicketState
from torhaus.support.rules import TicketClosed, subject_from, ticket_number
from torhaus.vendor.queries import the_vendor


@dataclass(frozen=True)
class NewTicket:
    """What a ticket begins with. ``response_hours`` is the package's promise, None without one."""

    reason: str
    subject: str
    mail: str
    language: str
    product_version: str = ""
    package: str = ""
    response_hours: int | None = None
    follows: Ticket | None = None
    article: Article | None = None


@part
def add_ticket(
    *, contract: Contract, wanted: NewTicket, message_id: str | None = None, nonce: str | None = None
) -> Ticket:
    """Open a ticket, still without a message, and give it the next number of the year at the vendor's place.

    The row that counts numbers is locked until the deed ends, so that two deeds never give the same one,
    and a form sent twice is found out here.

    Raises:
        AlreadySaid: a message with this ``message_id`` or ``nonce`` is there.
    """
    number = _next_number()
    refuse_what_was_said(message_id=message_id, nonce=nonce)
    now = clock.now()
    with scopes_disabled():
        return Ticket.objects.create(
            number=number,
            contract=contract,
            reason=wanted.reason,
            subject=subject_from(wanted.subject) or number,
            mail=wanted.mail,
            language=wanted.language,
            product_version=wanted.product_version,
            package=wanted.package,
            response_hours=wanted.response_hours,
            follows=wanted.follows,
            article=wanted.article,
            opened_at=now,
            due_at=promised_by(wanted.response_hours, now),
            changed_at=now,
        )


@deed("close_ticket")
def close_ticket(*, ticket_id: int, by: Actor) -> Ticket:
    """Close a ticket, whosever turn it is: the question is solved. Closing a closed one does nothing.

    Raises:
        UnknownTicket: no such ticket.
        TicketClosed: it was merged into another.
    """
    with scopes_disabled():
        found = Ticket.objects.select_for_update(of=("self",)).select_related("contract__customer")
        ticket = found.filter(pk=ticket_id).first()
        if ticket is None:
            raise UnknownTicket(ticket_id)
        if ticket.state == TicketState.MERGED:
            raise TicketClosed(ticket.number)
        if ticket.state == TicketState.CLOSED:
            nothing_done()
            return ticket
        before = ticket.state
        now = clock.now()
        ticket.state, ticket.due_at, ticket.closed_at, ticket.changed_at = TicketState.CLOSED, None, now, now
        ticket.save(update_fields=["state", "due_at", "closed_at", "changed_at"])
    write_record(
        by=by,
        customer_ref=ticket.contract.customer.ref,
        subject=("ticket", ticket.ref),
        before={"state": before},
        after={"number": ticket.number, "contract": ticket.contract.number, "state": ticket.state},
    )
    return ticket


def _next_number() -> str:
    year = clock.today(the_vendor().time_zone).year
    TicketNumbers.objects.get_or_create(year=year)
    row = TicketNumbers.objects.select_for_update().get(year=year)
    row.last += 1
    row.save(update_fields=["last"])
    return ticket_number(year, row.last)
