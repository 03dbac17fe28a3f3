"""The deed ``create_ticket``: a customer's question becomes a ticket; customer and staff are told."""

from collections.abc import Sequence

from torhaus.journeys.ticket_mail import confirm_ticket, tell_staff
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.subscriptions.models import Contract
from torhaus.support.messages import Author, NewFile, add_message
from torhaus.support.models import AuthorKind, Channel, Ticket
from torhaus.support.tickets import NewTicket, add_ticket


@deed("create_ticket")
def create_ticket(
    *,
    contract: Contract,
    wanted: NewTicket,
    body: str,
    name: str = "",
    attachments: Sequence[NewFile] = (),
    channel: Channel = Channel.PAGE,
    message_id: str | None = None,
    nonce: str | None = None,
    by: Actor,
) -> Ticket:
    """Open a ticket with its first message. Whether the contract, which comes with its customer, may ask is known.

    Raises AlreadySaid for a form (``nonce``) or mail (``message_id``) that came before, BodyEmpty, BodyTooLong.
    """
    ticket = add_ticket(contract=contract, wanted=wanted, message_id=message_id, nonce=nonce)
    message = add_message(
        ticket_id=ticket.pk,
        author=Author(AuthorKind.CUSTOMER, name=name, mail=wanted.mail),
        body=body,
        channel=channel,
        attachments=attachments,
        message_id=message_id,
        nonce=nonce,
    )
    ticket.last_number = message.position
    confirm_ticket(ticket=ticket)
    tell_staff(ticket=ticket, message=message, new=True)
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("ticket", ticket.ref),
        after=_said(ticket) | {"channel": channel, "attachments": len(attachments)},
        personal={"mail": wanted.mail},
    )
    return ticket


def _said(ticket: Ticket) -> dict[str, str]:
    return {
        "number": ticket.number,
        "contract": ticket.contract.number,
        "reason": ticket.reason,
        "package": ticket.package,
    }
