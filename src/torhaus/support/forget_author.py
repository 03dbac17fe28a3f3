"""Forgets who wrote in tickets, and later what: parts of erasing a person, and of the end of what is to be retained."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.records.deeds import part
from torhaus.support.models import Attachment, AuthorKind, Message, Ticket

# Letters are kept for six years from the end of their year (§ 257(4) and (5) HGB, § 147(3) and (4) AO).
LETTER_YEARS = 6


def written_across_customers(mail: str, user: User | None) -> QuerySet[Message]:
    """Give what somebody wrote in tickets, signed in or by mail."""
    by_mail = Q(author__isnull=True, author_mail__iexact=mail, author_kind=AuthorKind.CUSTOMER)
    with scopes_disabled():
        return Message.objects.filter(by_mail | Q(author=user) if user else by_mail)


def tickets_of_across_customers(mail: str) -> QuerySet[Ticket]:
    """Give the tickets whose answers go to this address."""
    with scopes_disabled():
        return Ticket.objects.filter(mail__iexact=mail)


@part
def forget_author(*, mail: str, user: User | None) -> QuerySet[Message]:
    """Take name and address of somebody off all they wrote, and off tickets. Give what they wrote, as it stays."""
    with scopes_disabled():
        mine = written_across_customers(mail, user)
        wrote = list(mine.values_list("pk", flat=True))
        # An address may be part of the number that a mail program gives.
        mine.filter(message_id__icontains=mail).update(message_id=None)
        mine.update(author=None, author_name="", author_mail="", author_erased_at=clock.now())
        tickets_of_across_customers(mail).update(mail="")
        return Message.objects.filter(pk__in=wrote)


def texts_to_purge_across_customers(*, before: datetime) -> QuerySet[Message]:
    """Give what people who were erased wrote before an instant, as long as the text is there."""
    with scopes_disabled():
        return Message.objects.filter(
            author_erased_at__isnull=False, text_purged_at__isnull=True, written_at__lt=before
        )


@part
def purge_texts(*, texts: QuerySet[Message], text_in: Callable[[str], str]) -> int:
    """Take away texts and files of people who were erased, once nobody has to keep them; give how many texts.

    ``text_in`` gives what stands there instead, in a language. Of a ticket that began with one the subject goes, too.
    """
    with scopes_disabled():
        rows = list(texts.select_related("ticket").order_by("pk"))
        Attachment.objects.filter(message__in=rows).delete()
        for row in rows:
            row.body, row.text_purged_at = text_in(row.ticket.language), clock.now()
            row.save(update_fields=["body", "text_purged_at"])
            if row.position == 1:
                Ticket.objects.filter(pk=row.ticket_id).update(subject=row.ticket.number)
    return len(rows)
