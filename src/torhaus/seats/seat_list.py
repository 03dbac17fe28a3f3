"""The list of seats that are held: filtered and in order, inside the tenant scope. Its pages are in seat_pages.py."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django_scopes import get_scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from torhaus.seats.models import Seat, SeatState
from torhaus.seats.sought import folded
from torhaus.subscriptions.models import Contract

LEAST_TEXT = 3
IDLE_DAYS = 90
SORTS = ("holder", "organisation", "kind", "state", "seen", "owned")
DEFAULT_SORT = "holder"
_COLUMNS: Mapping[str, Sequence[F | Lower]] = {
    "holder": (Lower("name"), F("mail")),
    "organisation": (F("organisation"), F("name"), F("mail")),
    "seen": (F("last_seen_at"),),
    "owned": (F("owned_bytes"),),
}
_GROUPED = {"kind": (F("kind__position"), F("kind__key")), "state": (F("state"),)}


class Shown(StrEnum):
    """How a seat stands, as lists name it; a temporary one is invited or active, too."""

    ACTIVE = "active"
    INVITED = "initiated"
    TEMPORARY = "temporary"


@dataclass(frozen=True)
class SeatFilter:
    """Which seats are wanted. ``unseen_days``: the holder was not seen for so many days, or never since then.

    ``created_by`` is the seat (id) of whoever created them.
    """

    text: str = ""
    kind: str = ""
    state: str = ""
    unseen_days: int | None = None
    created_by: int | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.kind or self.state or self.unseen_days)


def filtered_seats(contract: Contract, wanted: SeatFilter, now: datetime) -> QuerySet[Seat]:
    """Give the held seats of a contract, which is of the scope's customer, that ``wanted`` describes, in no order.

    Raises:
        ScopeError: the contract is another customer's.
    """
    if get_scope().get("customer") != contract.customer_id:
        raise ScopeError("the contract is another customer's")
    with scopes_disabled():  # as the scope would, but without joining each of very many seats with its contract
        found = Seat.objects.filter(contract=contract, released_at__isnull=True)
    return narrowed(found, wanted, now)


def narrowed(found: QuerySet[Seat], wanted: SeatFilter, now: datetime) -> QuerySet[Seat]:
    """Give those of some seats that ``wanted`` describes."""
    if wanted.kind:
        found = found.filter(kind__key=wanted.kind)
    if wanted.state:
        found = found.filter(_state(wanted.state))
    if wanted.unseen_days:
        found = found.filter(_unseen(now - timedelta(days=wanted.unseen_days)))
    if wanted.created_by is not None:
        found = found.filter(created_by=wanted.created_by)
    if wanted.text:
        found = found.filter(sought__contains=folded(wanted.text))
    return found


def _state(state: str) -> Q:
    if state == Shown.TEMPORARY:
        return Q(ends_on__isnull=False)
    return Q(state=SeatState.INITIATED if state == Shown.INVITED else SeatState.ACTIVE)


def _unseen(since: datetime) -> Q:
    return Q(last_seen_at__lt=since) | Q(last_seen_at__isnull=True, assigned_at__lt=since)


def in_order(found: QuerySet[Seat], sort: str) -> QuerySet[Seat]:
    """Order by one of SORTS, turned round by a leading "-"; who was never seen comes last either way.

    Of one kind or state, holders come by name.
    """
    backwards, column = sort.startswith("-"), sort.removeprefix("-")
    by = columns_of(column)
    if column == "seen":
        seen = by.pop(0)
        first = [seen.desc(nulls_last=True) if backwards else seen.asc(nulls_last=True)]
    else:
        first = [one.desc() if backwards else one.asc() for one in _GROUPED.get(column, ())]
    return found.order_by(*first, *(one.desc() if backwards else one.asc() for one in by))


def columns_of(column: str) -> list[F | Lower]:
    """Give what one of SORTS orders by, within one kind or state; no two seats have the same of it."""
    return [*_COLUMNS.get(column, _COLUMNS[DEFAULT_SORT]), F("pk")]


def each_seat(ordered: QuerySet[Seat]) -> Iterator[Seat]:
    """Give the seats one by one in constant memory, with their kinds."""
    return ordered.select_related("kind").iterator(chunk_size=2000)


def days_unseen(seat: Seat, now: datetime) -> int:
    """Give for how many days the holder was not seen; before the first time, since the seat was assigned."""
    return max(0, (now - (seat.last_seen_at or seat.assigned_at)).days)


def is_over(seat: Seat, today: date) -> bool:
    """Whether a temporary seat's last day is over, though nobody released it yet."""
    return seat.ends_on is not None and seat.ends_on < today
