"""Who is to hear of a version: which versions are due, and the readers of their mails, page by page."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.organisations.models import Contact, ContactRole, Customer
from torhaus.records.deeds import housekeeping, part
from torhaus.releases.models import (
    AddOnRelease,
    AnnouncedMailbox,
    AnnouncedTo,
    Announcement,
    Channel,
    Release,
    ReleaseSubscription,
)
from torhaus.releases.queries import claims_of
from torhaus.releases.staff_queries import Published
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import Status, status
from torhaus.vendor.queries import the_vendor

# A page is one transaction, and SQLite has one writer: 25 mails hold it for a fifth of a second on a busy machine.
PAGE = 25
# What was published longer ago, as before this was installed, is no news.
NEWS = timedelta(days=30)
# A page takes seconds; after this time its job is taken for lost.
STUCK = timedelta(hours=1)
_RUNS = {Status.ACTIVE, Status.ENDING}


@dataclass(frozen=True)
class Reader:
    """One who is to hear: ``subscription`` is the reference of what to end, "" for a contact of the contract."""

    mail: str
    name: str
    language: str
    customer_ref: str
    subscription: str = ""


@dataclass(frozen=True)
class Page:
    """The readers of a page, and the last row that was read for it; None after the last one."""

    readers: list[Reader]
    last: int | None


def is_news(published: Published) -> bool:
    """Whether a version is told of at all: stable ones, and every security update."""
    return published.channel == Channel.STABLE or published.security


@housekeeping
def begin_due_announcements() -> list[Announcement]:
    """Begin the announcement of each version published meanwhile; give those that wait for their next page.

    One whose page has not come for an hour is among them. A withdrawn version waits until it is offered again.
    """
    now = clock.now()
    news = Q(published_at__lte=now, published_at__gt=now - NEWS, withdrawn_at=None)
    told = Q(channel=Channel.STABLE) | Q(security=True)
    begun: list[Announcement] = []
    versions: tuple[tuple[str, Any], ...] = (("release", Release.objects), ("add_on_release", AddOnRelease.objects))
    for name, rows in versions:
        known = Exists(Announcement.objects.filter(**{name: OuterRef("pk")}))
        for row in rows.filter(news & told).exclude(known).order_by("pk")[:PAGE]:
            made, new = Announcement.objects.get_or_create(**{name: row}, defaults={"began_at": now, "changed_at": now})
            begun += [made] if new else []
    stuck = Announcement.objects.exclude(reached=AnnouncedTo.ALL).filter(changed_at__lt=now - STUCK)
    stuck = stuck.filter(Q(release__withdrawn_at=None, add_on_release__withdrawn_at=None))
    for one in stuck.order_by("pk")[:PAGE]:
        if Announcement.objects.filter(pk=one.pk, changed_at=one.changed_at).update(changed_at=now):
            begun.append(one)
    return begun


@part
def lock_announcement(announcement_id: int, *, reached: str, cursor: int) -> Announcement | None:
    """Lock an announcement that stands at this place; None if another run has brought it further."""
    row = Announcement.objects.select_for_update().filter(pk=announcement_id).first()
    return row if row is not None and (row.reached, row.cursor) == (reached, cursor) else None


def announced(announcement: Announcement) -> Published:
    """Give the version it is about, with product or add-on."""
    if announcement.release_id is not None:
        return Release.objects.select_related("product").get(pk=announcement.release_id)
    assert announcement.add_on_release_id is not None  # noqa: S101 - a constraint: it is of one of the two
    rows = AddOnRelease.objects.select_related("add_on__product", "add_on__add_on")
    return rows.get(pk=announcement.add_on_release_id)


def subscribers_across_customers(published: Published, after: int) -> Page:
    """Give the next confirmed subscriptions whose contract runs and may fetch the version."""
    with scopes_disabled():
        rows = ReleaseSubscription.objects.filter(
            pk__gt=after, confirmed_at__isnull=False, ended_at=None, **_of_product("contract__product", published)
        )
        found = list(rows.select_related("contract__customer", "contract__product").order_by("pk")[:PAGE])
        readers = [
            Reader(row.mail, "", row.language, row.contract.customer.ref, row.ref)
            for row in found
            if _hears(row.contract, published)
        ]
    return Page(readers, found[-1].pk if len(found) == PAGE else None)


def contacts_across_customers(published: Published, after: int) -> Page:
    """Give the technical contacts (else the main ones) of the next customers who have or had what is to be mended.

    Manufacturers tell users of security updates for as long as they support the product, whatever
    became of a contract (Regulation (EU) 2024/2847, Annex I part II no. 8).
    """
    with scopes_disabled():
        contracts = Contract.objects.filter(**_of_product("product", published))
        own = contracts.filter(customer=OuterRef("pk"))
        customers = list(Customer.objects.filter(Exists(own), pk__gt=after).order_by("pk")[:PAGE])
        ids = [customer.pk for customer in customers]
        if isinstance(published, AddOnRelease):
            held = contracts.filter(customer__in=ids).select_related("product")
            ids = [contract.customer_id for contract in held if _hears(contract, published)]
        people = _by_customer(Contact.objects.filter(customer__in=ids).order_by("pk"))
        readers = [
            Reader(one.mail, one.name, one.language or customer.language, customer.ref)
            for customer in customers
            for one in people.get(customer.pk, ())
        ]
    return Page(readers, customers[-1].pk if len(customers) == PAGE else None)


@part
def not_told_yet(announcement: Announcement, readers: Iterable[Reader]) -> list[Reader]:
    """Give each mailbox once that was not told of this version, and note that it now is."""
    known: dict[str, Reader] = {}
    for reader in readers:
        known.setdefault(_mailbox(reader.mail), reader)
    rows = AnnouncedMailbox.objects.filter(announcement=announcement)
    told = set(rows.filter(mailbox__in=known).values_list("mailbox", flat=True))
    new = [key for key in known if key not in told]
    AnnouncedMailbox.objects.bulk_create(AnnouncedMailbox(announcement=announcement, mailbox=key) for key in new)
    return [known[key] for key in new]


@part
def move_on(announcement: Announcement, page: Page, *, mails: int) -> None:
    """Note that a page is done: go on behind it, with whom comes next, or end."""
    announcement.mails += mails
    announcement.changed_at = clock.now()
    if page.last is not None:
        announcement.cursor = page.last
    else:
        published = announced(announcement)
        first = announcement.reached == AnnouncedTo.SUBSCRIBERS
        announcement.reached = AnnouncedTo.CONTACTS if first and published.security else AnnouncedTo.ALL
        announcement.cursor = 0
    announcement.save(update_fields=["mails", "changed_at", "cursor", "reached"])


@housekeeping
def forget_told_mailboxes() -> int:
    """Remove whom ended announcements have reached, in portions; give how many went."""
    removed = 0
    ended = AnnouncedMailbox.objects.filter(announcement__reached=AnnouncedTo.ALL)
    while ids := list(ended.order_by().values_list("pk", flat=True)[:1000]):
        removed += AnnouncedMailbox.objects.filter(pk__in=ids).delete()[0]
    return removed


def _of_product(column: str, published: Published) -> dict[str, int]:
    product = published.product_id if isinstance(published, Release) else published.add_on.product_id
    return {column: product} if product is not None else {}


def _hears(contract: Contract, published: Published) -> bool:
    today = clock.today(the_vendor().time_zone)
    if isinstance(published, Release):
        return published.security or status(agreement_of(contract), today) in _RUNS
    item = published.add_on
    return claims_of(contract, today).to_add_on(published, item, getattr(item, "add_on", None)).allowed


def _by_customer(contacts: Iterable[Contact]) -> dict[int, list[Contact]]:
    people: dict[int, list[Contact]] = {}
    for role in (ContactRole.TECHNICAL, ContactRole.MAIN):
        for contact in contacts:
            if contact.role == role and (role == ContactRole.TECHNICAL or _first(people, contact)):
                people.setdefault(contact.customer_id, []).append(contact)
    return people


def _first(people: dict[int, list[Contact]], contact: Contact) -> bool:
    """Whether a customer has no technical contact, so that its main ones hear."""
    return all(known.role != ContactRole.TECHNICAL for known in people.get(contact.customer_id, ()))


def _mailbox(mail: str) -> str:
    return hashlib.sha256(mail.strip().casefold().encode()).hexdigest()
