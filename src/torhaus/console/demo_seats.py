"""The demo's seats: assigned and seen like anybody's, by the same deeds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from unicodedata import normalize

from django_scopes import scope

from torhaus.console.words import CONSOLE
from torhaus.core import clock
from torhaus.journeys.add_report_recipient import add_report_recipient
from torhaus.seats.assign_seat import assign_seat
from torhaus.seats.holders import Holder
from torhaus.seats.queries import seats_of
from torhaus.seats.report_seats import SeatSaid, report_seats
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import contract_numbered_across_customers
from torhaus.usage.report_recipients import confirm_report_recipient
from torhaus.usage.report_rules import Rhythm

CONTRACT = "V-10502-2"
SINCE, MEGABYTES = 120, 10**6
# Of the full seats: days since the holder was seen; None was not seen yet.
FULL = {
    "Aylin Demir": 1, "Bernd Achterberg-Kowalczyk": 2, "Chiara Conti": 3, "Daniel Vogelsang": 0, "Emil Sørensen": 94,
    "Franziska Öztürk": 5, "Gregor Maléter": 12, "Hannah Lindqvist": 1, "Ivo Petković": 41, "Jonas Weber": 2,
    "Katharina Vogt": None, "Leander Ängström": 4, "Mara Lindqvist": 0, "Nils Øvergård": 7, "Oksana Bilyk": None,
    "Petra Hansen": 3, "Quentin Roßmann": 133, "Rosa Marquez": 1, "Samuel Nguyễn": 6, "Tomasz Zieliński": 10,
    "Ute Großkreutz": 2, "Valentin Şahin": 1, "Wiebke Claußen": 15, "Xenia Dąbrowska": 0, "Yusuf Çelik": 3, "Zoë Brandt": 27,
    "Almut Steinbrecher": 1, "Björn Ekström": 2, "Carla Núñez": 5, "Dimitri Papadopoulos": 8, "Elif Kaya": 1,
    "Florian Jäger": 2, "Greta Hölderlin": 4, "Henrik Aaltonen": 1, "Ines Carvalho": 3, "Jan Błaszczyk": 0,
    "Kim Nowak": 9, "Lena Šimková": 2, "Matthias Überacker": 1, "Nora Fitzgerald": 6, "Ole Thormählen": 2, "Paula Weiß": 1,
    "Rafael Gómez": 3, "Sina Mohammadi": 2, "Till Rautenberg": 1, "Ulla Virtanen": None,
}  # fmt: skip


@dataclass(frozen=True)
class DemoGuest:
    """A guest of somebody: for how many more days, if only for some, and when last seen."""

    name: str
    mail: str
    organisation: str
    host: str
    days: int | None = None
    seen: int | None = None


GUESTS = (
    DemoGuest("Dr. Ilse Kant", "kant@kanzlei-kant.example", "Kanzlei Kant", "Aylin Demir", seen=2),
    DemoGuest("Ravi Prakash", "ravi@auditors.example", "Prakash Auditors Ltd", "Jonas Weber", days=5, seen=1),
    DemoGuest("Sofie Holm", "sofie.holm@stiftung.example", "Stiftung Weitblick", "Aylin Demir", days=25),
    DemoGuest("Marc Oliveira", "marc@bauplan.example", "Bauplan GbR", "Tomasz Zieliński", seen=61),
)
ROOMS = ("Berufungen 2026", "Drittmittel Senat")


def load_demo_seats() -> None:
    """Let a customer of the demo hold seats; what is there already stays as it is."""
    contract = contract_numbered_across_customers(CONTRACT)
    if contract is None:
        return
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        if seats_of(contract, limit=1):
            return
    now = clock.now()
    with clock.shifted(-timedelta(days=SINCE)):
        refs = {name: _assign(contract, "full", Holder(name, _mail(name), "Universität Weidenfels")) for name in FULL}
        rooms = [_assign(contract, "room", Holder(name)) for name in ROOMS]
    said = [_seen(refs[name], days, now, size=n) for n, (name, days) in enumerate(FULL.items()) if days is not None]
    said += [SeatSaid(ref, owned_bytes=(n + 3) * 700 * MEGABYTES) for n, ref in enumerate(rooms)]
    said += _guests(contract, refs, now)
    report_seats(contract_ref=contract.ref, said=said, by=CONSOLE)
    _reports(contract)


def _reports(contract: Contract) -> None:
    """Name two recipients of the usage report; one of them has yet to follow the link in the mail."""
    weekly, monthly = Rhythm(weekday=0), Rhythm(month_day=1)
    row, _asked = add_report_recipient(
        contract_ref=contract.ref, mail=_mail("Controlling"), language="de", rhythm=monthly, by=CONSOLE
    )
    confirm_report_recipient(recipient_id=row.pk, by=CONSOLE)
    add_report_recipient(
        contract_ref=contract.ref, mail="finance@auditors.example", language="en", rhythm=weekly, by=CONSOLE
    )


def _guests(contract: Contract, hosts: dict[str, str], now: datetime) -> list[SeatSaid]:
    said = []
    for one in GUESTS:
        ends_on = (now + timedelta(days=one.days)).date() if one.days else None
        holder = Holder(one.name, one.mail, one.organisation)
        with clock.shifted(-timedelta(days=(one.seen or 0) + 3)):
            seat = assign_seat(
                contract_ref=contract.ref,
                kind="guest",
                holder=holder,
                ends_on=ends_on,
                created_by=hosts[one.host],
                by=CONSOLE,
            )
        if one.seen is not None:
            seen = SeatSaid(seat.ref, now - timedelta(days=one.seen), invited_bytes=240 * MEGABYTES)
            said.append(seen)
    return said


def _assign(contract: Contract, kind: str, holder: Holder) -> str:
    return assign_seat(contract_ref=contract.ref, kind=kind, holder=holder, by=CONSOLE).ref


def _mail(name: str) -> str:
    plain = name.lower()
    for letter, spelled in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ł": "l", " ": "."}.items():
        plain = plain.replace(letter, spelled)
    return "".join(letter for letter in normalize("NFKD", plain) if letter.isascii()) + "@weidenfels.example"


def _seen(ref: str, days: int, now: datetime, size: int) -> SeatSaid:
    at = now - timedelta(days=days, minutes=7 * size)
    owned, invited = (size * 37 % 19 + 1) * 80 * MEGABYTES, size * 23 % 7 * 30 * MEGABYTES
    return SeatSaid(ref, at, owned_bytes=owned, invited_bytes=invited, second_factor=size % 5 == 4)
