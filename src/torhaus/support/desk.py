"""Tickets as staff read them: the queue over all customers, one ticket with its notes, and counts for work lists."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Sum
from django_scopes import scopes_disabled

from torhaus.accounts.models import StaffRole, User
from torhaus.catalogue.models import SupportPackage
from torhaus.core.texts import Texts
from torhaus.organisations.search import begins_with, customer_ids_across_customers
from torhaus.support.models import Attachment, AuthorKind, Channel, Message, Ticket, TicketState
from torhaus.support.queries import Said, with_attachments

ANSWERING = (StaffRole.SUPPORT, StaffRole.ADMINISTRATOR)
MERGEABLE = 50
RELATED = ("contract__customer", "contract__product", "assigned_to", "merged_into", "follows", "article")


@dataclass(frozen=True)
class Wanted:
    """Which tickets the queue shows. ``state`` empty: all; ``worker``: a person's reference, ``nobody`` or all."""

    state: str = TicketState.OPEN
    worker: str = ""
    customer_ref: str = ""
    text: str = ""


@dataclass(frozen=True)
class Counts:
    """How many tickets wait for the vendor: all of them, overdue, due soon, and with nobody on them."""

    open: int
    overdue: int
    soon: int
    unassigned: int


def ticket_across_customers(ref: str) -> Ticket | None:
    """Find a ticket by reference with contract, customer and who works on it, whosever it is."""
    return _one(Q(ref=ref))


def ticket_numbered_across_customers(number: str) -> Ticket | None:
    """Find a ticket by number, whosever it is; a merged one leads to the one it went into."""
    found = _one(Q(number=number))
    return _one(Q(pk=found.merged_into_id)) if found is not None and found.merged_into_id else found


def queue_across_customers(wanted: Wanted) -> QuerySet[Ticket]:
    """Give the tickets that are wanted, the least time left first; those without a promise come last, oldest first."""
    with scopes_disabled():
        rows = Ticket.objects.all()
        if wanted.state:
            rows = rows.filter(state=wanted.state)
        if wanted.worker:
            rows = rows.filter(assigned_to=None) if wanted.worker == "nobody" else rows.filter(_works_on(wanted.worker))
        if wanted.customer_ref:
            rows = rows.filter(contract__customer__ref=wanted.customer_ref)
        if wanted.text:
            rows = rows.filter(_alike(wanted.text))
        if wanted.state in {TicketState.CLOSED, TicketState.MERGED}:
            return rows.order_by("-changed_at", "-pk")
        return rows.order_by(F("due_at").asc(nulls_last=True), "opened_at", "pk")


def rows_across_customers(tickets: list[Ticket]) -> list[Ticket]:
    """Give the tickets of one page with what their rows show, in the order of ``tickets``."""
    with scopes_disabled():
        rows = Ticket.objects.select_related("contract__customer", "assigned_to")
        found = rows.in_bulk([ticket.pk for ticket in tickets])
    return [found[ticket.pk] for ticket in tickets if ticket.pk in found]


def counts_across_customers(now: datetime, soon: datetime) -> Counts:
    """Count what waits for the vendor; ``soon`` is the instant until which a due answer counts as due soon."""
    overdue, near = Q(due_at__lte=now), Q(due_at__gt=now, due_at__lte=soon)
    with scopes_disabled():
        counted = Ticket.objects.filter(state=TicketState.OPEN).aggregate(
            open=Count("pk"),
            overdue=Count("pk", filter=overdue),
            soon=Count("pk", filter=near),
            unassigned=Count("pk", filter=Q(assigned_to=None)),
        )
    return Counts(**counted)


def conversation_across_customers(ticket: Ticket) -> list[Said]:
    """Give all that was said in a ticket, internal notes too, in order and with attachments."""
    with scopes_disabled():
        rows = Message.objects.filter(ticket=ticket).select_related("author").order_by("position")
        return with_attachments(rows)


def merged_into_across_customers(ticket: Ticket) -> list[Ticket]:
    """Give the tickets that went into this one, oldest first."""
    with scopes_disabled():
        return list(Ticket.objects.filter(merged_into=ticket).order_by("pk"))


def mergeable_across_customers(ticket: Ticket) -> list[Ticket]:
    """Give the tickets into which this one could go: of the same contract and not over, newest first."""
    going = (TicketState.OPEN, TicketState.WAITING)
    with scopes_disabled():
        rows = Ticket.objects.filter(contract_id=ticket.contract_id, state__in=going).exclude(pk=ticket.pk)
        return list(rows.order_by("-opened_at", "-pk")[:MERGEABLE])


def tickets_of_customer(customer_id: int, limit: int) -> list[Ticket]:
    """Give a customer's newest tickets, inside the scope."""
    rows = Ticket.objects.filter(contract__customer_id=customer_id).select_related("contract", "assigned_to")
    return list(rows.order_by("-changed_at", "-pk")[:limit])


def attachment_across_customers(ref: str) -> Attachment | None:
    """Find an attachment of any message, internal notes included."""
    with scopes_disabled():
        return Attachment.objects.select_related("message__ticket").filter(ref=ref).first()


def mail_across_customers(message_id: str) -> Message | None:
    """Find the message that a mail became."""
    with scopes_disabled():
        return Message.objects.select_related("ticket").filter(message_id=message_id).first()


def mails_since_across_customers(ticket: Ticket, since: datetime) -> int:
    """Give how many mails came into a ticket since then."""
    with scopes_disabled():
        return Message.objects.filter(ticket=ticket, channel=Channel.MAIL, written_at__gte=since).count()


def attached_since_across_customers(contract_id: int, since: datetime) -> int:
    """Give how many bytes customers attached to a contract's tickets since then."""
    with scopes_disabled():
        messages = Message.objects.filter(ticket__contract_id=contract_id, author_kind=AuthorKind.CUSTOMER)
        found = Attachment.objects.filter(message__in=messages.filter(written_at__gte=since))
        return int(found.aggregate(together=Sum("size"))["together"] or 0)


def workers() -> list[User]:
    """Give the staff who answer tickets, by name."""
    return list(User.objects.filter(is_active=True, staff_role__in=ANSWERING).order_by("name", "pk"))


def _works_on(user_ref: str) -> Q:
    # By the id: a join would keep PostgreSQL from reading the queue in its own order.
    return Q(assigned_to_id__in=User.objects.filter(ref=user_ref).values("pk"))


def _alike(text: str) -> Q:
    alike = Q(subject__icontains=text) | Q(mail__istartswith=text) | begins_with("number", text.upper())
    return alike | Q(contract__customer_id__in=customer_ids_across_customers(text))


def _one(condition: Q) -> Ticket | None:
    with scopes_disabled():
        return Ticket.objects.select_related(*RELATED).filter(condition).first()


def package_names() -> dict[str, Texts]:
    """Give what support packages are called, by the key that tickets keep."""
    rows = SupportPackage.objects.select_related("item")
    return {package.item.key: dict(package.item.name) for package in rows}
