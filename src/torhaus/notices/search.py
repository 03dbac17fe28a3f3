"""The mail log as staff look it up."""

from datetime import datetime

from django.db.models import QuerySet
from django_scopes import scopes_disabled

from torhaus.notices.models import Mail, MailState

_BODIES = ("text", "html")


def mails_across_customers(*, text: str, state: str) -> QuerySet[Mail]:
    """Give mails without their bodies, newest first: all, of one state, or to whom begins with ``text``."""
    with scopes_disabled():
        rows = Mail.objects.defer(*_BODIES).order_by("-pk")
        if state:
            rows = rows.filter(state=state)
        return rows.filter(recipient__istartswith=text) if text else rows


def mail_across_customers(ref: str) -> Mail | None:
    """Find a mail by reference, with its bodies."""
    with scopes_disabled():
        return Mail.objects.filter(ref=ref).first()


def count_failed_mails_across_customers() -> int:
    """Give how many mails could not be sent."""
    with scopes_disabled():
        return Mail.objects.filter(state=MailState.FAILED).count()


def recipients_since_across_customers(template: str, since: datetime) -> set[str]:
    """Give who got a mail of ``template`` since then, in small letters."""
    with scopes_disabled():
        rows = Mail.objects.filter(template=template, written_at__gte=since)
        return {recipient.lower() for recipient in rows.values_list("recipient", flat=True)}
