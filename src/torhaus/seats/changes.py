"""What happened to a contract's seats, as a feed: sealed records by cursor, so that none is left out or comes twice.

What is booked changes by deeds of other rooms. Nobody tells this one: what was booked after such a deed is derived from
the bookings that had been made by then, for bookings are only ever added. The contract's last day, and what a plan
brings (the catalogue), are those of now: an import that changes the one has an event, one that changes the other none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from torhaus.catalogue.models import ItemKind
from torhaus.catalogue.queries import PlanMark, plan_marks
from torhaus.records.queries import SealedRecord, last_seal, sealed_since
from torhaus.seats.account import plans_of, seats_booked_in
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import agreement_of, booked_on, bookings_of, key_of
from torhaus.subscriptions.rules import Agreement, current_term, plus_days, status
from torhaus.vendor.queries import the_vendor

# Every deed about seats; a test holds them against those there are. What a holder wants to be mailed is no product's.
DEEDS = (
    "assign_seat",
    "register_seat",
    "reassign_seat",
    "remove_second_factor",
    "permit_guests",
    "extend_seat",
    "release_seat",
    "end_temporary_seat",
    "report_seats",
)
# Every deed that changes what a contract books: staff add to it, sales accept a request, files are imported.
BOOKING_DEEDS = ("add_booking", "accept_booking_request", "import_contract")


class CursorUnknown(Exception):
    """The cursor lies behind the end of the chain: it is of another installation, or of one before a restore."""


@dataclass(frozen=True)
class BookedFrom:
    """How many seats of each kind (key) are booked from a day on, with those that follow in a plan (B79)."""

    on: date
    seats: Mapping[str, int]


@dataclass(frozen=True)
class Change:
    """A deed and the seats (references) it was about; ``deletes``: what a released seat owned is to be deleted.

    Of a deed that books, ``booked`` is what is booked from its day on, and from each later one that changes it.
    """

    sequence: int
    at: datetime
    deed: str
    seats: tuple[str, ...] = ()
    deletes: bool = False
    booked: tuple[BookedFrom, ...] = ()


def seat_changes(contract: Contract, *, after: int, limit: int) -> list[Change]:
    """Give what happened behind the cursor ``after`` (the sequence of the last change one has), inside the scope.

    Raises:
        CursorUnknown: there was never such a change.
    """
    if after:
        end = last_seal()
        if end is None or after > end.sequence:
            raise CursorUnknown
    about = ("contract", contract.ref)
    found = sealed_since(after, deeds=(*DEEDS, *BOOKING_DEEDS), subject=about, limit=limit)
    if not any(one.deed in BOOKING_DEEDS for one in found):
        return [_change(one) for one in found]
    bookings = bookings_of(contract.pk)
    books = _Books(contract, bookings, plan_marks(plans_of(bookings)), the_vendor().time_zone)
    return [_booked(one, books) if one.deed in BOOKING_DEEDS else _change(one) for one in found]


@dataclass(frozen=True)
class _Books:
    """What is read once for a page of changes."""

    contract: Contract
    bookings: Sequence[Booking]
    marks: Sequence[PlanMark]
    zone: str


def _change(record: SealedRecord) -> Change:
    said = record.after
    seats = said.get("active") or [said["seat"]]
    return Change(record.sequence, record.at, record.deed, tuple(seats), bool(said.get("deletes", False)))


def _booked(record: SealedRecord, books: _Books) -> Change:
    """Give what is booked after a deed; what was booked later has an event of its own, and is left out of this one."""
    known = [one for one in books.bookings if one.booked_at <= record.at]
    today = record.at.astimezone(ZoneInfo(books.zone)).date()
    agreement, steps = agreement_of(books.contract), list[BookedFrom]()
    ends = [*(one.until for one in known), _last_day(agreement)]
    starts = {one.active_from for one in known} | {plus_days(day, 1) for day in ends if day}
    later = {day for day in (*starts, books.contract.starts_on) if day is not None and day > today}
    # A kind that is no longer booked is named, with 0.
    every = dict.fromkeys((key_of(one) for one in known if one.kind == ItemKind.SEAT), 0)
    every |= {ratio[1]: 0 for mark in books.marks for ratio in mark.ratios if ratio[0] in every}
    for day in (today, *sorted(later)):
        in_force = booked_on(known, status(agreement, day), day)
        counts = dict(sorted((every | dict(seats_booked_in(in_force, books.marks))).items()))
        if not steps or counts != steps[-1].seats:
            steps.append(BookedFrom(day, counts))
    return Change(record.sequence, record.at, record.deed, booked=tuple(steps))


def _last_day(agreement: Agreement) -> date | None:
    """Give the day with which a contract ends, and all that it books; None while it goes on or renews by itself."""
    if agreement.cancelled_to is None and agreement.auto_renews and agreement.term_months:
        return None
    return current_term(agreement, date.max).ends_on
