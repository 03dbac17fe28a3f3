"""The deed ``reply_to_ticket``: a customer writes in a ticket, by page or by mail; staff are told."""

from collections.abc import Sequence

from django_scopes import scopes_disabled

from torhaus.journeys.ticket_mail import tell_staff
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.support.messages import Author, NewFile, add_message
from torhaus.support.models import AuthorKind, Channel, Message, Ticket


@deed("reply_to_ticket")
def reply_to_ticket(
    *,
    ticket_id: int,
    body: str,
    mail: str = "",
    name: str = "",
    attachments: Sequence[NewFile] = (),
    channel: Channel = Channel.PAGE,
    message_id: str | None = None,
    nonce: str | None = None,
    by: Actor,
) -> Message:
    """Write what the customer says; a closed ticket is opened again by it. For what it raises see ``add_message``."""
    message = add_message(
        ticket_id=ticket_id,
        author=Author(AuthorKind.CUSTOMER, name=name, mail=mail),
        body=body,
        channel=channel,
        attachments=attachments,
        message_id=message_id,
        nonce=nonce,
    )
    with scopes_disabled():
        ticket = Ticket.objects.select_related("contract__customer", "assigned_to").get(pk=ticket_id)
    tell_staff(ticket=ticket, message=message, new=False)
    write_record(
        by=by,
        customer_ref=ticket.contract.customer.ref,
        subject=("ticket", ticket.ref),
        after={
            "number": ticket.number,
            "contract": ticket.contract.number,
            "state": ticket.state,
            "channel": channel,
            "attachments": len(attachments),
        },
        personal={"mail": mail} if mail else {},
    )
    return message
