"""The deed ``change_ticket_state``: staff close a ticket, open it again, or say that it is the customer's turn."""

from torhaus.journeys.ticket_mail import mail_closed
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.support.desk_changes import lock_ticket, set_state
from torhaus.support.models import Ticket, TicketState


@deed("change_ticket_state")
def change_ticket_state(*, ticket_ref: str, state: TicketState, by: Actor) -> Ticket:
    """Bring a ticket into another state; of a closed one the customer is told.

    Raises:
        UnknownTicket: no such ticket.
        StateNotPossible: it was merged, or is in that state already.
    """
    ticket = lock_ticket(ticket_ref=ticket_ref)
    before = ticket.state
    set_state(ticket=ticket, state=state)
    if state == TicketState.CLOSED:
        mail_closed(ticket=ticket)
    write_record(
        by=by,
        customer_ref=ticket.contract.customer.ref,
        subject=("ticket", ticket.ref),
        before={"state": before},
        after={"number": ticket.number, "contract": ticket.contract.number, "state": ticket.state},
    )
    return ticket
