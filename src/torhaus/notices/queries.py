"""Reads of the mail log."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django_scopes import scopes_disabled

from torhaus.notices.models import Mail


def mails_to_across_customers(recipient: str, *, template: str, since: datetime) -> int:
    """Count the mails of one kind written to a mailbox since an instant, whoever had them written."""
    with scopes_disabled():
        return Mail.objects.filter(template=template, recipient=recipient, written_at__gt=since).count()


def mails_to_many_across_customers(
    recipients: Sequence[str], *, template: str, since: datetime
) -> dict[str, list[datetime]]:
    """Give when mails of one kind were written to mailboxes since an instant; some hundreds of these at a time."""
    found: dict[str, list[datetime]] = defaultdict(list)
    with scopes_disabled():
        rows = Mail.objects.filter(template=template, recipient__in=recipients, written_at__gt=since)
        for recipient, written_at in rows.values_list("recipient", "written_at"):
            found[recipient].append(written_at)
    return dict(found)
