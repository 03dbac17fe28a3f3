"""Who of those that were not seen for long is reminded by mail, and why others are not."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import QuerySet
from django_scopes import scopes_disabled

from torhaus.core.link_codes import same_code
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.seat_list import days_unseen

PAUSE = timedelta(days=7)  # one customer's holder is reminded once within it, whoever asks and however often
LEAST_DAYS = 7  # whoever was seen within them is not idle
MOST = 1000  # at once


class WhyNot(StrEnum):
    """Why a holder is not reminded."""

    THING = "thing"
    PENDING = "pending"
    SEEN = "seen"
    OPTED_OUT = "opted_out"
    LATELY = "lately"


@dataclass(frozen=True)
class ReminderPlan:
    """Whose seats are reminded of, and how many others there are by the reason why not."""

    seats: Sequence[Seat]
    skipped: Mapping[WhyNot, int]

    @property
    def digest(self) -> str:
        """Stands for who is reminded: what was shown is what is done."""
        return hashlib.sha256(",".join(sorted(one.ref for one in self.seats)).encode()).hexdigest()[:32]


def plan_reminders(seats: Iterable[Seat], now: datetime) -> ReminderPlan:
    """Plan whom to remind of some held seats of one customer, in its scope; who holds several is reminded once."""
    held = list(seats)
    mails = {one.mail for one in held if one.mail}
    lately, unwilling = _reminded_lately(mails, now), wanting_none(mails)
    chosen: list[Seat] = []
    skipped: Counter[WhyNot] = Counter()
    for one in held:
        if why := _why_not(one, lately, unwilling, now):
            skipped[why] += 1
        else:
            chosen.append(one)
            lately.add(one.mail)
    return ReminderPlan(chosen, skipped)


def _why_not(seat: Seat, lately: set[str], unwilling: set[str], now: datetime) -> WhyNot | None:
    if not seat.mail:
        return WhyNot.THING
    if seat.state == SeatState.INITIATED:
        return WhyNot.PENDING
    if days_unseen(seat, now) < LEAST_DAYS:
        return WhyNot.SEEN
    if seat.mail in unwilling:
        return WhyNot.OPTED_OUT
    return WhyNot.LATELY if seat.mail in lately else None


def remindable(seats: QuerySet[Seat], now: datetime) -> QuerySet[Seat]:
    """Leave of one customer's held seats, in its scope, those whose holders may be reminded now.

    It is for very many, of which not all are looked at: who is never reminded must keep nobody else from it.
    """
    lately = Seat.objects.filter(released_at__isnull=True, reminded_at__gt=now - PAUSE).values("mail")
    here = seats.filter(state=SeatState.ACTIVE).exclude(mail="").exclude(mail__in=lately)
    return here.exclude(mail__in=_unwilling().values("mail")).exclude(last_seen_at__gt=now - timedelta(days=LEAST_DAYS))


def _reminded_lately(mails: set[str], now: datetime) -> set[str]:
    """Give which addresses this customer reminded within PAUSE, of whatever seat; no other customer is told of it."""
    found = Seat.objects.filter(mail__in=mails, reminded_at__gt=now - PAUSE)
    return set(found.order_by().values_list("mail", flat=True).distinct())


def wanting_none(mails: set[str]) -> set[str]:
    """Give which of these addresses want no more reminders from this customer, in its scope.

    Whoever said so of one seat means the others that they hold there, too, and those that they get while they hold it.
    """
    return set(_unwilling().filter(mail__in=mails).values_list("mail", flat=True))


def _unwilling() -> QuerySet[Seat]:
    return Seat.objects.filter(released_at__isnull=True, wants_reminders=False)


def reminder_for_code(reminder: str, code: str) -> Seat | None:
    """Find the held seat whose reminders a link ends; an unknown one costs the same as a wrong code."""
    seat, fits = reminder_across_customers(reminder), same_code(reminder, code)
    return seat if fits else None


def reminder_across_customers(reminder: str) -> Seat | None:
    """Find the held seat that somebody was reminded of by this reference."""
    if not reminder:
        return None
    with scopes_disabled():
        rows = Seat.objects.select_related("contract__customer", "contract__product", "kind")
        return rows.filter(reminder=reminder, released_at__isnull=True).first()
