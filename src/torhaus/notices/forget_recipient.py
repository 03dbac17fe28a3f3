"""Takes a person out of the mail log: a part of erasing them (GDPR Art. 17)."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled

from torhaus.core.mentions import without_mentions
from torhaus.notices.models import Mail
from torhaus.records.deeds import part

FIELDS = ("recipient_name", "subject", "text", "html", "headers", "attachments")


@dataclass(frozen=True)
class Mentioned:
    """Where to look for somebody in mails to others: texts that hold one of ``words``, found whole by ``pattern``.

    ``customers`` are names by reference: mails to nobody's customer count where they name one of these.
    """

    pattern: re.Pattern[str]
    words: Collection[str]
    customers: dict[str, str]


def mails_to_across_customers(mail: str) -> QuerySet[Mail]:
    """Give all mails to an address, waiting or sent."""
    with scopes_disabled():
        return Mail.objects.filter(recipient__iexact=mail)


def mails_about_across_customers(mentioned: Mentioned, *, but: str) -> Iterator[Mail]:
    """Give the mails to others than ``but`` in which somebody is mentioned."""
    holds = Q()
    for word in mentioned.words:
        for field in ("subject", "text", "html", "recipient_name"):
            holds |= Q(**{f"{field}__icontains": word})
    theirs = Q(customer_ref__in=mentioned.customers)
    for name in mentioned.customers.values():
        theirs |= Q(customer_ref="", text__contains=name) | Q(customer_ref="", subject__contains=name)
    with scopes_disabled():
        rows = Mail.objects.filter(holds & theirs).exclude(recipient__iexact=but).order_by("pk")
        for mail in rows.iterator(chunk_size=100):
            if any(_taken_out(getattr(mail, field), mentioned.pattern) != getattr(mail, field) for field in FIELDS):
                yield mail


@part
def forget_recipient(*, mail: str, mentioned: Mentioned, instead: dict[str, str]) -> None:
    """Delete all mails to an address, and put ``instead`` (by language) where mails to others mention whose it is.

    What waits for delivery is not sent any more.
    """
    with scopes_disabled():
        mails_to_across_customers(mail).delete()
    for row in list(mails_about_across_customers(mentioned, but=mail)):
        for field in FIELDS:
            word = instead.get(row.language, instead["en"])
            setattr(row, field, _taken_out(getattr(row, field), mentioned.pattern, word))
        row.save(update_fields=FIELDS)


def _taken_out(value: object, pattern: re.Pattern[str], instead: str = "") -> object:
    return without_mentions(value, pattern, instead)
