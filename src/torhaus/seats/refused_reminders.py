"""Who wants no more reminders from a customer, kept beyond the seat by which they said so.

A seat that is released names nobody any more. So what its holder said is kept as a keyed hash of the address, which
names nobody either, but is found again when the same address gets a seat there (Art. 21(2), (3) GDPR: whoever objects
to being addressed is not asked to do so anew).
"""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db.models import QuerySet
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.core.keyed_hash import derived_hash
from torhaus.records.deeds import part
from torhaus.seats.models import ReminderRefusal, Seat
from torhaus.subscriptions.models import Contract


def mailbox_hash(mail: str) -> str:
    """Give what stands for an address: an HMAC under a key derived from the installation's secret."""
    return derived_hash(settings.SECRET_KEY, b"torhaus seat reminders v1").hex(mail.lower().encode())


@part
def keep_refusal(*, contract: Contract, mail: str) -> None:
    """Remind an address no more of any seat at the contract's customer, now or later; runs in the customer's scope."""
    ReminderRefusal.objects.get_or_create(
        customer_id=contract.customer_id, mailbox=mailbox_hash(mail), defaults={"refused_at": clock.now()}
    )
    Seat.objects.filter(mail=mail, released_at__isnull=True, wants_reminders=True).update(wants_reminders=False)


@part
def take_refusal_back(*, contract: Contract, mail: str) -> None:
    """Remind an address of its seats at the contract's customer again; runs in the customer's scope."""
    ReminderRefusal.objects.filter(customer_id=contract.customer_id, mailbox=mailbox_hash(mail)).delete()
    Seat.objects.filter(mail=mail, released_at__isnull=True, wants_reminders=False).update(wants_reminders=True)


@part
def keep_refusal_of(*, contract: Contract, seat: Seat) -> None:
    """Keep what the holder of a seat said, who is about to lose it."""
    if seat.mail and not seat.wants_reminders:
        keep_refusal(contract=contract, mail=seat.mail)


def heed_refusals(seats: Iterable[Seat]) -> None:
    """Note on seats, which are about to be written in their customer's scope, whose holders refused reminders before."""
    by_hash: dict[str, list[Seat]] = {}
    for one in seats:
        if one.mail:
            by_hash.setdefault(mailbox_hash(one.mail), []).append(one)
    for found in _refused(by_hash):
        for one in by_hash[found]:
            one.wants_reminders = False


def _refused(hashes: Collection[str]) -> list[str]:
    """Give those of some hashes that refused; in portions, since SQLite takes so many values at once and no more."""
    wanted, found = list(hashes), list[str]()
    for start in range(0, len(wanted), 500):
        rows = ReminderRefusal.objects.filter(mailbox__in=wanted[start : start + 500])
        found += rows.values_list("mailbox", flat=True)
    return found


def refusals_across_customers(mail: str) -> QuerySet[ReminderRefusal]:
    """Give what an address refused, at whichever customer."""
    with scopes_disabled():
        return ReminderRefusal.objects.filter(mailbox=mailbox_hash(mail))
