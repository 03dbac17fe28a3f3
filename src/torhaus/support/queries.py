"""Reads of tickets, inside the tenant scope: a contract's viewer sees that contract's tickets.

Nothing here gives an internal note; what staff read stands in files of the desk.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from torhaus.catalogue.models import SupportPackage
from torhaus.core.texts import Texts
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import agreement_of, bookings_of, in_force_on
from torhaus.subscriptions.rules import Status, status
from torhaus.support.business_hours import Calendar, calendar_from
from torhaus.support.models import Attachment, Message, Ticket, TicketState
from torhaus.vendor.models import Vendor

IN_FORCE = frozenset({Status.ACTIVE, Status.ENDING})


@dataclass(frozen=True)
class Package:
    """The support a contract has: the item's key and name, and within how many business hours it answers."""

    key: str
    name: Texts
    response_hours: int


@dataclass(frozen=True)
class Said:
    """A message of the conversation with its attachments."""

    message: Message
    attachments: list[Attachment]


def calendar_of(vendor: Vendor) -> Calendar:
    """Give when the vendor's support works."""
    return calendar_from(vendor.time_zone, vendor.business_hours, vendor.holidays)


def package_of(contract: Contract, today: date) -> Package | None:
    """Give the support package that is booked and in force, the fastest of several (B21); None without one.

    A contract that has not begun, has ended or is suspended has none: what it books is not in force, and
    sales, not support, can change that (B25).
    """
    if status(agreement_of(contract), today) not in IN_FORCE:
        return None
    items = [booking.item_id for booking in in_force_on(bookings_of(contract.pk), today)]
    found = SupportPackage.objects.filter(item_id__in=items).select_related("item")
    best = found.order_by("response_hours", "item__position", "pk").first()
    return Package(best.item.key, best.item.name, best.response_hours) if best else None


def tickets_of(contract_id: int, state: str = "") -> QuerySet[Ticket]:
    """Give a contract's tickets, in ``state`` if one is named, the last changed first."""
    found = Ticket.objects.filter(contract_id=contract_id)
    return (found.filter(state=state) if state else found).order_by("-changed_at", "-pk")


def ticket_of(contract_id: int, ref: str) -> Ticket | None:
    """Find one of a contract's tickets, with those it leads to."""
    found = Ticket.objects.select_related("merged_into", "follows", "article")
    return found.filter(contract_id=contract_id, ref=ref).first()


def ticket_counts(contract_id: int) -> dict[str, int]:
    """Give how many tickets a contract has in each state."""
    counted = Ticket.objects.filter(contract_id=contract_id).values_list("state").order_by("state")
    return dict.fromkeys(TicketState.values, 0) | dict(counted.annotate(together=Count("pk")))


def waiting_tickets(contract_id: int, limit: int) -> list[Ticket]:
    """Give the tickets in which the customer has the word, those that wait longest first."""
    found = Ticket.objects.filter(contract_id=contract_id, state=TicketState.WAITING)
    return list(found.order_by("changed_at", "pk")[:limit])


def messages_of(ticket: Ticket) -> QuerySet[Message]:
    """Give what customer and vendor said to each other, in order; never an internal note."""
    return Message.objects.filter(ticket=ticket, internal=False).select_related("author").order_by("position")


def with_attachments(messages: Iterable[Message]) -> list[Said]:
    """Give messages with their attachments, by one query for all."""
    found = {message.pk: Said(message, []) for message in messages}
    for attachment in Attachment.objects.filter(message_id__in=found).order_by("pk"):
        found[attachment.message_id].attachments.append(attachment)
    return list(found.values())


def attachment_of(contract_id: int, ref: str) -> Attachment | None:
    """Find an attachment of one of a contract's tickets; those of internal notes are not there."""
    found = Attachment.objects.filter(message__ticket__contract_id=contract_id, message__internal=False)
    return found.filter(ref=ref).first()
