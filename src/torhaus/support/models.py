"""Tickets with their messages and attachments, canned answers, and the vendor's help articles."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.accounts.models import User
from torhaus.core.random import new_ref
from torhaus.subscriptions.models import Contract


class TicketState(models.TextChoices):
    """Whose turn it is."""

    OPEN = "open"  # the vendor's turn
    WAITING = "waiting"  # the customer's turn
    CLOSED = "closed"
    MERGED = "merged"


class Ticket(models.Model):
    """A customer's question with all that was said about it.

    ``response_hours`` is the package's promise when the ticket was opened (business hours);
    ``due_at`` is the instant it means, kept because the queue is sorted by it; None while
    nobody waits for the vendor, or without a promise. ``answered_at`` is the vendor's first answer.
    ``follows`` is the ticket that was closed too long ago to go on, ``article`` the one that did not help.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    number = models.CharField(max_length=20, unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=TicketState.choices, default=TicketState.OPEN)
    reason = models.SlugField(max_length=40)
    subject = models.CharField(max_length=160)
    mail = models.EmailField()
    language = models.CharField(max_length=5)
    product_version = models.CharField(max_length=40, blank=True)
    package = models.CharField(max_length=60, blank=True)
    response_hours = models.PositiveIntegerField(null=True, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    follows = models.ForeignKey("self", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    article = models.ForeignKey("Article", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    last_number = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["Ticket"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [
            models.Index(fields=["contract", "-changed_at"], name="ticket_contract"),
            models.Index(fields=["state", "due_at"], name="ticket_queue"),
        ]

    def __str__(self) -> str:
        return self.number


class AuthorKind(models.TextChoices):
    """Who wrote a message."""

    CUSTOMER = "customer"
    STAFF = "staff"


class Channel(models.TextChoices):
    """How a message came."""

    PAGE = "page"
    MAIL = "mail"


class Message(models.Model):
    """Something said in a ticket, in Markdown. ``internal`` ones are for staff only.

    ``position`` counts within the ticket; ``message_id`` is that of the mail it came by, so that
    a mail delivered twice is one message, and ``nonce`` that of the form, so that one sent twice is. Since
    ``author_erased_at`` nobody knows who wrote it, and since ``text_purged_at`` not what.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    position = models.PositiveIntegerField()
    author_kind = models.CharField(max_length=8, choices=AuthorKind.choices)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    author_name = models.CharField(max_length=160, blank=True)
    author_mail = models.EmailField(blank=True)
    author_erased_at = models.DateTimeField(null=True, blank=True)
    text_purged_at = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=4, choices=Channel.choices, default=Channel.PAGE)
    internal = models.BooleanField(default=False)
    body = models.TextField()
    message_id = models.CharField(max_length=250, null=True, blank=True, unique=True)
    nonce = models.CharField(max_length=22, null=True, blank=True, unique=True, editable=False)
    written_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Message"]] = ScopedManager(customer="ticket__contract__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "position"], name="message_position")]

    def __str__(self) -> str:
        return self.ref


class Attachment(models.Model):
    """A file that came with a message. ``key`` is the SHA-256 under which the store has it."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    name = models.CharField(max_length=180)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    key = models.CharField(max_length=64)

    objects: ClassVar[models.Manager["Attachment"]] = ScopedManager(customer="message__ticket__contract__customer")

    def __str__(self) -> str:
        return self.name


class CannedAnswer(models.Model):
    """A prepared answer of the staff, in the vendor's languages."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    title = models.CharField(max_length=120, unique=True)
    body = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.title


class Article(models.Model):
    """A help article in Markdown, in the vendor's languages. ``words`` is its plain text for the search."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.JSONField(default=dict)
    body = models.JSONField(default=dict)
    words = models.JSONField(default=dict)
    published = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    related = models.ManyToManyField("self", symmetrical=False, related_name="+", blank=True)
    helped = models.PositiveIntegerField(default=0)
    did_not_help = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.slug


class TicketNumbers(models.Model):
    """The last ticket number of a year, locked while the next one is given."""

    year = models.PositiveIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
