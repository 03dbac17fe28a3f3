"""The demo's help articles and tickets: made by the same deeds as anybody's, so that they are as real as theirs."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django_scopes import scope

from torhaus.accounts.models import StaffRole, User
from torhaus.console.demo_articles import ARTICLES
from torhaus.console.words import CONSOLE
from torhaus.core import clock
from torhaus.journeys.answer_ticket import answer_ticket
from torhaus.journeys.create_ticket import create_ticket
from torhaus.journeys.reply_to_ticket import reply_to_ticket
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import contract_numbered_across_customers
from torhaus.support.attachments import Offered, take_files
from torhaus.support.desk import workers
from torhaus.support.edit_article import ArticleText, any_article, create_article, edit_article
from torhaus.support.messages import AlreadySaid, NewFile
from torhaus.support.models import Ticket
from torhaus.support.queries import package_of
from torhaus.support.tickets import NewTicket
from torhaus.vendor.queries import the_vendor

_LOG = """\
2026-11-18 22:00:01 INFO  import started: assets.csv, 4812 lines
2026-11-18 22:00:07 INFO  1600 lines read
2026-11-18 22:00:07 ERROR line 1637: value too long for column "location" (64)
2026-11-18 22:00:07 INFO  import stopped, nothing was changed
"""


@dataclass(frozen=True)
class Said:
    """Something said in a demo ticket, so many working days ago at a time of day; by staff, or by the customer."""

    days: int
    at: time
    body: str
    staff: bool = False
    closes: bool = False


@dataclass(frozen=True)
class DemoTicket:
    """A ticket of a contract. The first thing said opens it."""

    key: str
    contract: str
    mail: str
    reason: str
    said: tuple[Said, ...]
    version: str = "34.1"
    log: bool = False


TICKETS = (
    DemoTicket(
        "licence",
        "V-10482-1",
        "it@nordwind.example",
        "licence",
        (
            Said(
                8,
                time(10, 12),
                "Wie viele Objekte haben wir noch?\n\nDas Dashboard zeigt fast 5.000. Zählen archivierte Geräte mit?",
            ),
            Said(
                8,
                time(13, 40),
                "Guten Tag,\n\narchivierte Geräte zählen **nicht** mit. Was zählt, steht im Artikel *Welche Objekte "
                "zählen?*. Wenn Sie ausgemusterte Server archivieren, sinkt die Zahl am nächsten Tag.\n\n"
                "Viele Grüße\nSven Sommer",
                staff=True,
            ),
            Said(7, time(9, 5), "Danke, das hat geholfen. Wir haben 180 Altgeräte archiviert."),
            Said(7, time(9, 30), "Sehr gern. Ich schließe das Ticket.", staff=True, closes=True),
        ),
        version="34.0",
    ),
    DemoTicket(
        "import",
        "V-10482-1",
        "it@nordwind.example",
        "malfunction",
        (
            Said(
                3,
                time(9, 48),
                "Der nächtliche Import bricht bei Zeile 1.637 ab\n\nSeit dem Update auf 34.1 liest der Import "
                "`assets.csv` nicht mehr bis zum Ende. Das Protokoll hängt an.\n\n1. Import von Hand gestartet\n"
                "2. gleiche Zeile, gleiche Meldung",
            ),
            Said(
                2,
                time(14, 20),
                "Guten Tag Frau Brandt,\n\nin Zeile 1.637 ist der Standort länger als 64 Zeichen. Bis 34.0 wurde er "
                "still abgeschnitten, seit 34.1 hält der Import an, damit nichts verloren geht.\n\nKönnen Sie uns "
                "sagen, ob Sie so lange Standorte brauchen?\n\n```\nawk -F';' 'length($4) > 64' assets.csv\n```\n\n"
                "zeigt alle Zeilen, um die es geht.\n\nViele Grüße\nSven Sommer",
                staff=True,
            ),
        ),
        log=True,
    ),
    DemoTicket(
        "update",
        "V-10482-1",
        "m.petersen@nordwind.example",
        "installation",
        (
            Said(
                1,
                time(15, 55),
                "Können wir von 33 direkt auf 34.1 aktualisieren?\n\nUnser Testsystem läuft noch mit Version 33. "
                "Müssen wir erst auf 34.0?",
            ),
        ),
        version="33",
    ),
    DemoTicket(
        "sso",
        "V-10502-1",
        "ebner@uni-weidenfels.example",
        "feature",
        (
            Said(
                2,
                time(11, 30),
                "Anmeldung über unseren Verzeichnisdienst\n\nGibt es einen Weg, Gruppen aus LDAP zu übernehmen?",
            ),
            Said(
                1,
                time(10, 15),
                "Guten Tag Frau Professorin Ebner,\n\nja: unter *Verwaltung → Anmeldung → LDAP* ordnen Sie jeder Gruppe "
                "eine Rolle zu. Sagt Ihnen das schon genug, oder sollen wir es gemeinsam einrichten?\n\n"
                "Viele Grüße\nSven Sommer",
                staff=True,
            ),
        ),
    ),
)


def load_demo_support() -> None:
    """Write articles and tickets, each once, however often the demo is loaded."""
    _write_articles()
    support = next((user for user in workers() if user.staff_role == StaffRole.SUPPORT), None)
    for ticket in TICKETS:
        contract = contract_numbered_across_customers(ticket.contract)
        if contract is not None and support is not None:
            _tell(ticket, contract, support)


def _write_articles() -> None:
    new = [(position, one) for position, one in enumerate(ARTICLES) if any_article(one.slug) is None]
    texts = [ArticleText(one.slug, one.title, one.body, published=True, position=n) for n, one in new]
    made = [create_article(text=text, by=CONSOLE) for text in texts]
    # What they lead to is there only now.
    for article, text, (_position, one) in zip(made, texts, new, strict=True):
        edit_article(slug=one.slug, seen=article.changed_at, text=replace(text, related=one.related), by=CONSOLE)


def _tell(told: DemoTicket, contract: Contract, support: User) -> None:
    first, *rest = told.said
    try:
        with clock.at(_instant(first)):
            ticket = _open(told, contract, first)
    except AlreadySaid:
        return
    for position, said in enumerate(rest, 1):
        with clock.at(_instant(said)):
            if said.staff:
                answer_ticket(
                    ticket_ref=ticket.ref, body=said.body, seen=position, author=support, close=said.closes, by=CONSOLE
                )
            else:
                reply_to_ticket(ticket_id=ticket.pk, body=said.body, mail=told.mail, by=CONSOLE)


def _instant(said: Said) -> datetime:
    zone = the_vendor().time_zone
    day = clock.today(zone)
    for _ in range(said.days):
        day -= timedelta(days={0: 3, 6: 2}.get(day.weekday(), 1))  # from Monday and Sunday back to Friday
    return datetime.combine(day, said.at, ZoneInfo(zone))


def _open(told: DemoTicket, contract: Contract, first: Said) -> Ticket:
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        package = package_of(contract, clock.today(the_vendor().time_zone))
    wanted = NewTicket(
        reason=told.reason,
        subject=first.body.split("\n", maxsplit=1)[0],
        mail=told.mail,
        language=contract.customer.language,
        product_version=told.version,
        package=package.key if package else "",
        response_hours=package.response_hours if package else None,
    )
    # The form's own mark, always the same here: what was told before is not told again.
    nonce = f"demo{told.key}".ljust(22, "0")
    files = _log_file(contract) if told.log else []
    return create_ticket(contract=contract, wanted=wanted, body=first.body, attachments=files, nonce=nonce, by=CONSOLE)


def _log_file(contract: Contract) -> Sequence[NewFile]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "import.log"
        path.write_text(_LOG, "utf-8")
        return take_files([Offered("import.log", path)], contract=contract, by=CONSOLE)
