"""What the bench's installation has beside contracts and invoices: versions, add-ons, tickets, articles, a licence."""

from datetime import timedelta

from django.utils.text import slugify
from django_scopes import scopes_disabled
from tests import people
from tests.web.shelf import KINDS
from tests.web.tickets import support

from torhaus.catalogue.models import Item
from torhaus.core import clock
from torhaus.licensing.issue_offline_licence import issue_offline_licence
from torhaus.releases.models import Release
from torhaus.subscriptions.models import Contract
from torhaus.support.models import Article, AuthorKind, Message, Ticket
from torhaus.vendor.actions import create_signing_key

VERSIONS, ADD_ONS, BOOKED, TICKETS, MESSAGES, ARTICLES = 20, 24, 4, 60, 8, 50


def fill(contract: Contract, *, others: int) -> dict[str, str]:
    """Fill the shelves, with a ticket for each of ``others`` contracts; give names and paths of the pages."""
    with scopes_disabled():
        _versions(contract)
        create_signing_key(by=people.SYSTEM)
        issue_offline_licence(contract_ref=contract.ref, by=people.SYSTEM)
        _articles()
        ref = _tickets(contract, others)
    return {
        "downloads": "/downloads/",
        "add-ons": "/downloads/add-ons/",
        "offline licence": "/licence/",
        "help": "/help/",
        "tickets": "/help/tickets/",
        "ticket": f"/help/tickets/{ref}/",
    }


def _versions(contract: Contract) -> None:
    now = clock.now()
    for n in range(VERSIONS):
        at = now - timedelta(days=30 * (VERSIONS - n))
        made = Release.objects.create(
            product=contract.product, version=f"{30 + n}.0", published_on=at.date(), published_at=at,
            notes={"en": "- faster\n- safer\n", "de": "- schneller\n- sicherer\n"},
        )  # fmt: skip
        for kind in KINDS:
            people.release_file(made, f"{kind} {n}".encode(), f"acme-{30 + n}-{kind}.zip", kind)
    for n in range(ADD_ONS):
        item: Item = people.add_on(f"add-on-{n}", product=contract.product)
        for version in ("1.0", "1.1", "2.0"):
            people.release_file(people.add_on_release(item, version), f"{n} {version}".encode())
        if n < BOOKED:
            people.booking(contract, line=item.key, kind="add_on", item=item)
    support(contract)


def _articles() -> None:
    now = clock.now()
    for n in range(ARTICLES):
        title = f"How to do the thing number {n}"
        Article.objects.create(
            slug=slugify(title), title={"en": title}, body={"en": f"# {title}\n\nLike this."},
            words={"en": f"{title} like this"}, published=True, position=n, changed_at=now,
        )  # fmt: skip


def _tickets(contract: Contract, others: int) -> str:
    now = clock.now()
    found = list(Contract.objects.exclude(pk=contract.pk).order_by("pk").values_list("pk", flat=True)[:others])
    owners = [contract.pk] * TICKETS + found
    rows = (
        Ticket(
            contract_id=pk, number=f"T-2026-{n:05}", reason="question", subject=f"Question {n}", language="en",
            mail=f"k{n}@example.org", opened_at=now, changed_at=now - timedelta(minutes=n),
        )
        for n, pk in enumerate(owners)
    )  # fmt: skip
    made = Ticket.objects.bulk_create(rows, batch_size=5_000)
    first = made[0]
    Message.objects.bulk_create(
        Message(
            ticket=first, position=n, written_at=now, body=f"Message {n} with **some** words.\n\n- one\n- two",
            author_kind=AuthorKind.STAFF if n % 2 else AuthorKind.CUSTOMER, author_name="Ada", author_mail="a@b.example",
        )
        for n in range(1, MESSAGES + 1)
    )  # fmt: skip
    return first.ref
