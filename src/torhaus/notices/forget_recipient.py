"""Takes a person out of the mail log: a part of erasing them (GDPR Art. 17)."""

import html
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from urllib.parse import quote

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django_scopes import scopes_disabled

from torhaus.core.mentions import mentions_of, without_mentions
from torhaus.notices.models import Mail
from torhaus.records.deeds import part

FIELDS = ("recipient_name", "subject", "text", "html", "headers", "attachments")
IN_JSON = ("headers", "attachments")


@dataclass(frozen=True)
class Mentioned:
    """By what somebody is found in mails to others: an address, which is one person's everywhere, and names.

    Names count only in mails of ``customers``, names by reference; mails to nobody's customer are theirs where they
    name one of these.
    """

    mail: str
    names: Collection[str]
    customers: dict[str, str]

    @property
    def spelled(self) -> set[str]:
        """The address as it stands in text, HTML, addresses of links, and JSON."""
        return {self.mail, html.escape(self.mail), quote(self.mail, safe=""), json.dumps(self.mail)[1:-1]}

    @cached_property
    def by_address(self) -> re.Pattern[str]:
        """What finds the address alone."""
        return mentions_of(self.mail)

    @cached_property
    def by_all(self) -> re.Pattern[str]:
        """What finds address and names."""
        return mentions_of(self.mail, self.names)

    def pattern_in(self, mail: Mail) -> re.Pattern[str]:
        """Give what is looked for in a mail."""
        theirs = mail.customer_ref in self.customers
        if not mail.customer_ref:
            theirs = any(name in mail.text or name in mail.subject for name in self.customers.values())
        return self.by_all if theirs else self.by_address


def mails_to_across_customers(mail: str) -> QuerySet[Mail]:
    """Give all mails to an address, waiting or sent."""
    with scopes_disabled():
        return Mail.objects.filter(recipient__iexact=mail)


def mails_about_across_customers(mentioned: Mentioned, *, but: str) -> Iterator[Mail]:
    """Give the mails to others than ``but`` in which somebody is mentioned."""
    with scopes_disabled():
        rows = Mail.objects.annotate(**{f"{name}_said": Cast(name, TextField()) for name in IN_JSON})
        rows = rows.filter(_candidates(mentioned)).exclude(recipient__iexact=but).order_by("pk")
        for mail in rows.iterator(chunk_size=100):
            found = mentioned.pattern_in(mail)
            if any(_taken_out(getattr(mail, field), found) != getattr(mail, field) for field in FIELDS):
                yield mail


def _candidates(mentioned: Mentioned) -> Q:
    theirs = Q(customer_ref__in=mentioned.customers)
    for name in mentioned.customers.values():
        theirs |= Q(customer_ref="", text__contains=name) | Q(customer_ref="", subject__contains=name)
    fields = [f"{name}_said" if name in IN_JSON else name for name in FIELDS]
    named = Q(pk__in=[])
    for word, field in product(mentioned.names, fields):
        named |= Q(**{f"{field}__icontains": word})
    found = named & theirs
    for word, field in product(sorted(mentioned.spelled), fields):
        found |= Q(**{f"{field}__icontains": word})
    return found


@part
def forget_recipient(*, mail: str, mentioned: Mentioned, instead: dict[str, str]) -> None:
    """Delete all mails to an address, and put ``instead`` (by language) where mails to others mention whose it is.

    What waits for delivery is not sent any more.
    """
    with scopes_disabled():
        mails_to_across_customers(mail).delete()
    for row in list(mails_about_across_customers(mentioned, but=mail)):
        found, word = mentioned.pattern_in(row), instead.get(row.language, instead["en"])
        for field in FIELDS:
            setattr(row, field, _taken_out(getattr(row, field), found, word))
        row.save(update_fields=FIELDS)


def _taken_out(value: object, pattern: re.Pattern[str], instead: str = "") -> object:
    return without_mentions(value, pattern, instead)
