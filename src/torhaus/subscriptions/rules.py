"""Rules of contracts: terms, notice, status, and what the bookings amount to. Pure.

A term's boundaries are counted in months from one anchor, so that the 31st stays the
anchor although February has none (decided); no loop runs over past terms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True)
class Agreement:
    """What a contract says about time. ``ends_on`` is the last day of the term as last agreed."""

    starts_on: date
    ends_on: date | None = None
    term_months: int | None = None
    auto_renews: bool = False
    notice_days: int | None = None
    cancelled_to: date | None = None
    suspended: bool = False


@dataclass(frozen=True)
class Term:
    """A stretch of days, both included; without an end it is unlimited."""

    starts_on: date
    ends_on: date | None


class Status(StrEnum):
    """How a contract stands on a day."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    ENDING = "ending"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Cancellation:
    """Until when (that day included) one can cancel, and which day is then the last."""

    by: date
    to: date


@dataclass(frozen=True)
class Standing:
    """All that follows from an agreement on a day. ``progress`` is in percent of the term."""

    term: Term
    status: Status
    days_left: int | None
    progress: int | None
    notice_days: int
    cancellation: Cancellation | None
    next_invoice_on: date | None


def add_months(day: date, months: int, anchor: int | None = None) -> date:
    """Give ``day`` moved by ``months``, on day ``anchor`` of the month (default: its own) or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    wanted = anchor or day.day
    return date(year, month + 1, min(wanted, _days_in(year, month + 1)))


def plus_days(day: date, days: int) -> date:
    """Give ``day`` moved by ``days``, held within the calendar."""
    ordinal = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal)


def _days_in(year: int, month: int) -> int:
    if month == 12:
        return 31
    return (date(year, month + 1, 1) - timedelta(days=1)).day


def current_term(agreed: Agreement, today: date) -> Term:
    """Give the running term: derived forward from the one last agreed while the contract renews.

    Before the first day it is the first term, after the last day the last one.
    """
    end = _agreed_end(agreed)
    if not agreed.auto_renews or end is None or not agreed.term_months:
        return _cut(Term(agreed.starts_on, end), agreed)
    on = max(today, agreed.starts_on)
    if agreed.cancelled_to is not None:
        on = min(on, max(agreed.cancelled_to, agreed.starts_on))
    if on <= end:
        before = max(agreed.starts_on, _boundary(agreed, end, -1))
        return _cut(Term(before if before <= on else agreed.starts_on, end), agreed)
    count = _terms_after(agreed, end, on)
    last = plus_days(_boundary(agreed, end, count), -1)
    return _cut(Term(_boundary(agreed, end, count - 1), last), agreed)


def _agreed_end(agreed: Agreement) -> date | None:
    """Give the stored end, else the one that follows from a term of so many months."""
    if agreed.ends_on is not None or not agreed.term_months:
        return agreed.ends_on
    return plus_days(add_months(agreed.starts_on, agreed.term_months), -1)


def _boundary(agreed: Agreement, end: date, count: int) -> date:
    """Give the first day of the term that begins ``count`` terms after the day behind ``end``."""
    first = plus_days(end, 1)
    months = count * (agreed.term_months or 0)
    since_start = (first.year - agreed.starts_on.year) * 12 + first.month - agreed.starts_on.month
    if add_months(agreed.starts_on, since_start) == first:
        return add_months(agreed.starts_on, since_start + months)
    return add_months(first, months)


def _terms_after(agreed: Agreement, end: date, on: date) -> int:
    """Give how many terms after ``end`` the one with ``on`` in it is: 1 for the next."""
    first = plus_days(end, 1)
    months = (on.year - first.year) * 12 + on.month - first.month
    count = max(1, months // (agreed.term_months or 1))
    # Clamped days shift a boundary by less than a month: at most two steps from the guess.
    while plus_days(_boundary(agreed, end, count), -1) < min(on, plus_days(date.max, -1)):
        count += 1
    return count


def _cut(term: Term, agreed: Agreement) -> Term:
    """Give the term, ended by a cancellation that comes before its end."""
    cancelled = agreed.cancelled_to
    if cancelled is None or (term.ends_on is not None and term.ends_on <= cancelled):
        return term
    return Term(term.starts_on, max(cancelled, term.starts_on))


def status(agreed: Agreement, today: date) -> Status:
    """Give how the contract stands on ``today``."""
    term = current_term(agreed, today)
    withdrawn = agreed.cancelled_to is not None and agreed.cancelled_to < max(today, agreed.starts_on)
    if withdrawn or (term.ends_on is not None and term.ends_on < today):
        return Status.EXPIRED
    if agreed.suspended:
        return Status.SUSPENDED
    if today < agreed.starts_on:
        return Status.UPCOMING
    return Status.ACTIVE if agreed.cancelled_to is None else Status.ENDING


def notice_days(agreed: Agreement) -> int:
    """Give the notice period: the contract's own, else 14 days up to a month's term and 30 beyond (B96)."""
    if agreed.notice_days is not None:
        return agreed.notice_days
    return 14 if agreed.term_months is not None and agreed.term_months <= 1 else 30


def cancellation(agreed: Agreement, today: date) -> Cancellation | None:
    """Give until when the contract can be cancelled, and to which day; None if it ends anyway or never renews.

    When the last day for this term has passed it is the next term's, so ``by`` is never past.
    """
    over = status(agreed, today) is Status.EXPIRED
    if not agreed.auto_renews or agreed.cancelled_to is not None or over:
        return None
    notice = notice_days(agreed)
    end = current_term(agreed, plus_days(today, notice)).ends_on
    return None if end is None else Cancellation(by=plus_days(end, -notice), to=end)


def days_left(term: Term, today: date) -> int | None:
    """Give how many days follow ``today`` in the term, never below 0; None if it is unlimited."""
    return None if term.ends_on is None else max(0, (term.ends_on - max(today, term.starts_on)).days)


def progress(term: Term, today: date) -> int | None:
    """Give how much of the term is over on ``today``, in whole percent (0 to 100); None if it is unlimited."""
    if term.ends_on is None:
        return None
    length = (term.ends_on - term.starts_on).days + 1
    return min(100, max(0, (today - term.starts_on).days) * 100 // length)


def next_invoice_on(agreed: Agreement, today: date) -> date | None:
    """Give the day of the next invoice: the one after the current term (B20), if another term follows."""
    end = current_term(agreed, today).ends_on
    if not agreed.auto_renews or end is None or status(agreed, today) is Status.EXPIRED:
        return None
    if agreed.cancelled_to is not None and agreed.cancelled_to <= end:
        return None
    return plus_days(end, 1)


def standing(agreed: Agreement, today: date) -> Standing:
    """Give all that follows from the agreement on ``today``."""
    term = current_term(agreed, today)
    return Standing(
        term=term,
        status=status(agreed, today),
        days_left=days_left(term, today),
        progress=progress(term, today),
        notice_days=notice_days(agreed),
        cancellation=cancellation(agreed, today),
        next_invoice_on=next_invoice_on(agreed, today),
    )


@dataclass(frozen=True)
class Entry:
    """A booking as the rules see it; ``order`` says which of two was booked later."""

    order: int
    line: str
    what: str
    quantity: int
    active_from: date | None
    until: date | None
    booked_at: datetime


@dataclass(frozen=True)
class Stretch:
    """The days on which a booking counts; None means without bound on that side."""

    entry: Entry
    starts_on: date | None
    ends_on: date | None

    def holds(self, day: date) -> bool:
        """Whether ``day`` is within."""
        return not self.begins_after(day) and (self.ends_on is None or day <= self.ends_on)

    def begins_after(self, day: date) -> bool:
        """Whether all of it lies after ``day``."""
        return self.starts_on is not None and self.starts_on > day


class Happened(StrEnum):
    """What a booking did to its line."""

    ADDED = "added"
    QUANTITY = "quantity"
    EXCHANGED = "exchanged"
    DATES = "dates"
    ENDED = "ended"


@dataclass(frozen=True)
class Change:
    """A booking beside the one of the same line that it followed."""

    happened: Happened
    entry: Entry
    before: Entry | None


def stretches(entries: Iterable[Entry]) -> dict[str, list[Stretch]]:
    """Give, line by line and in the order of days, when each booking counts.

    A later booking replaces what stands from its own first day on, and what was said about
    days before that remains.
    """
    lines: dict[str, list[Stretch]] = {}
    for entry in sorted(entries, key=lambda entry: entry.order):
        standing_before = lines.get(entry.line, [])
        kept = [_until(old, entry.active_from) for old in standing_before]
        lines[entry.line] = [
            *(old for old in kept if old is not None),
            Stretch(entry, entry.active_from, entry.until),
        ]
    return lines


def _until(old: Stretch, replaced_from: date | None) -> Stretch | None:
    """Give what is left of ``old`` before the day from which it is replaced."""
    if replaced_from is None or replaced_from == date.min:
        return None
    if old.starts_on is not None and old.starts_on >= replaced_from:
        return None
    last = plus_days(replaced_from, -1)
    return Stretch(old.entry, old.starts_on, last if old.ends_on is None else min(last, old.ends_on))


def in_force(entries: Iterable[Entry], day: date) -> list[Entry]:
    """Give the bookings that count on ``day``; a quantity of 0 is how a line ends."""
    return [
        stretch.entry
        for line in stretches(entries).values()
        for stretch in line
        if stretch.holds(day) and stretch.entry.quantity > 0
    ]


def changes(entries: Iterable[Entry]) -> list[Change]:
    """Give what the bookings did, the latest first."""
    last: dict[str, Entry] = {}
    found = []
    for entry in sorted(entries, key=lambda entry: entry.order):
        before = last.get(entry.line)
        found.append(Change(_happened(before, entry), entry, before))
        last[entry.line] = entry
    return sorted(found, key=lambda change: (change.entry.booked_at, change.entry.order), reverse=True)


def _happened(before: Entry | None, entry: Entry) -> Happened:
    if entry.quantity == 0:
        return Happened.ENDED
    if before is None or before.quantity == 0:
        return Happened.ADDED
    if before.what != entry.what:
        return Happened.EXCHANGED
    return Happened.QUANTITY if before.quantity != entry.quantity else Happened.DATES
