"""Reads of the mail log."""

from datetime import datetime

from django_scopes import scopes_disabled

from torhaus.notices.models import Mail


def mails_to_across_customers(recipient: str, *, template: str, since: datetime) -> int:
    """Count the mails of one kind written to a mailbox since an instant, whoever had them written."""
    with scopes_disabled():
        return Mail.objects.filter(template=template, recipient=recipient, written_at__gt=since).count()
