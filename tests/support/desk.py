"""Tickets for the tests of the desk, made the way customers make them."""

from django_scopes import scopes_disabled

from tests import people
from torhaus.core import clock
from torhaus.journeys.create_ticket import create_ticket
from torhaus.journeys.reply_to_ticket import reply_to_ticket
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact
from torhaus.support.models import Message, Ticket
from torhaus.support.tickets import NewTicket

CUSTOMER = "mara@nordwind.example"


def ask(contract, body="How do I update?", subject="Update", mail=CUSTOMER, hours=4, at=None, **values) -> Ticket:
    """A customer's question."""
    wanted = NewTicket(
        reason="question", subject=subject, mail=mail, language="de", package="Basic", response_hours=hours, **values
    )
    with clock.at(at or clock.now()):
        made = create_ticket(contract=contract, wanted=wanted, body=body, by=people.SYSTEM)
    return fresh(made)


def reply(ticket, body="And now?", mail=CUSTOMER):
    """What a customer says later."""
    return reply_to_ticket(ticket_id=ticket.pk, body=body, mail=mail, by=people.SYSTEM)


def fresh(ticket) -> Ticket:
    """The ticket as it stands in the database."""
    with scopes_disabled():
        return Ticket.objects.select_related("contract__customer", "assigned_to", "merged_into").get(pk=ticket.pk)


def messages(ticket) -> list[Message]:
    """All that was said in it."""
    with scopes_disabled():
        return list(Message.objects.filter(ticket=ticket).order_by("position"))


def mails(template="") -> list[Mail]:
    """The mails written so far, of one template if it is named."""
    with scopes_disabled():
        rows = Mail.objects.order_by("pk")
        return list(rows.filter(template=template) if template else rows)


def contact(customer, mail, name="Mara Lindqvist"):
    """Somebody of a customer whom the vendor knows."""
    with scopes_disabled():
        return Contact.objects.create(customer=customer, role="technical", name=name, mail=mail)
