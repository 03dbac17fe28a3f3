"""The mail log: what was sent to whom, in which language, and how it went."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.core.random import new_ref

# Counted by recipient, so that nobody's mailbox is flooded: its index names it.
INVITATION = "invitation"


class MailState(models.TextChoices):
    """How far a mail has come."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Mail(models.Model):
    """One mail to one person, rendered when it was written. Never holds a secret."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    customer_ref = models.CharField(max_length=12, blank=True)
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=5)
    recipient = models.EmailField()
    recipient_name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    # Headers besides those every mail has: threading, reply address, unsubscribing.
    headers = models.JSONField(default=dict, blank=True)
    # Files that come with it, as text: {name, text}, all of them CSV.
    attachments = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Mail"]] = ScopedManager(customer_ref="customer_ref")

    class Meta:
        indexes = [
            models.Index(fields=["-id", "state"], name="mail_state"),
            models.Index(fields=["customer_ref", "-id"], name="mail_customer"),
            # Asked before each automatic answer, so that nobody gets two a day.
            models.Index(fields=["written_at"], condition=models.Q(template="mail_not_taken"), name="mail_not_taken"),
            models.Index(
                fields=["recipient", "written_at"], condition=models.Q(template=INVITATION), name="mail_invitation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.recipient}"
