"""The list of seats that are held: filtered, in order, a page of it. Inside the tenant scope."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import F, OrderBy, Q, QuerySet
from django.db.models.functions import Lower

from torhaus.organisations.search import spellings
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.queries import KindStanding
from torhaus.subscriptions.models import Contract

LEAST_TEXT = 3
IDLE_DAYS = 90
FEW = 500  # found seats that are as quick to list as to count
SORTS = ("holder", "organisation", "kind", "state", "seen", "owned")
DEFAULT_SORT = "holder"


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
    """Give the held seats of a contract that ``wanted`` describes, in no order."""
    found = Seat.objects.filter(contract=contract, released_at__isnull=True)
    if wanted.kind:
        found = found.filter(kind__key=wanted.kind)
    if wanted.state:
        found = found.filter(_state(wanted.state))
    if wanted.unseen_days:
        found = found.filter(_unseen(now - timedelta(days=wanted.unseen_days)))
    if wanted.created_by is not None:
        found = found.filter(created_by=wanted.created_by)
    if wanted.text:
        found = found.filter(_alike(wanted.text))
    return found


def _state(state: str) -> Q:
    if state == Shown.TEMPORARY:
        return Q(ends_on__isnull=False)
    return Q(state=SeatState.INITIATED if state == Shown.INVITED else SeatState.ACTIVE)


def _unseen(since: datetime) -> Q:
    return Q(last_seen_at__lt=since) | Q(last_seen_at__isnull=True, assigned_at__lt=since)


def _alike(text: str) -> Q:
    fields = ("name", "organisation", "mail")
    return Q(*((f"{field}__icontains", form) for form in spellings(text) for field in fields), _connector=Q.OR)


def in_order(found: QuerySet[Seat], sort: str) -> QuerySet[Seat]:
    """Order by one of SORTS, turned round by a leading "-"; who was never seen comes last either way."""
    backwards = sort.startswith("-")
    column = sort.removeprefix("-")
    by: list[OrderBy] = [_way(F("pk"), backwards=backwards)]
    if column == "seen":
        seen = F("last_seen_at")
        by.insert(0, seen.desc(nulls_last=True) if backwards else seen.asc(nulls_last=True))
    elif column == "organisation":
        by[:0] = [_way(F(field), backwards=backwards) for field in ("organisation", "name", "mail")]
    elif column in {"kind", "state", "owned"}:
        field = {"kind": "kind__position", "owned": "owned_bytes"}.get(column, column)
        by.insert(0, _way(F(field), backwards=backwards))
    else:
        by[:0] = [_way(Lower("name"), backwards=backwards), _way(F("mail"), backwards=backwards)]
    return found.order_by(*by)


def _way(by: F | Lower, *, backwards: bool) -> OrderBy:
    return by.desc() if backwards else by.asc()


@dataclass(frozen=True)
class Sought:
    """Seats that were looked for, in an order: how many there are, and, of few, all of their keys."""

    found: QuerySet[Seat]
    sort: str
    total: int
    keys: list[int] | None


def counted(kinds: Sequence[KindStanding], wanted: SeatFilter) -> int | None:
    """Give how many seats are wanted where the kinds tell already, so that nothing has to be counted again."""
    if wanted.text or wanted.unseen_days or wanted.created_by is not None or wanted.state == Shown.TEMPORARY:
        return None
    some = [one.count for one in kinds if wanted.kind in {"", one.key}]
    invited, used = sum(one.invited for one in some), sum(one.used for one in some)
    return {Shown.INVITED: invited, Shown.ACTIVE: used - invited}.get(Shown(wanted.state), 0) if wanted.state else used


def seek(found: QuerySet[Seat], sort: str, total: int | None) -> Sought:
    """Look for seats; where ``total`` is not known, few of them are counted by looking for them, in one walk."""
    if total is not None:
        return Sought(found, sort, total, None)
    keys = list(in_order(found, sort).values_list("pk", flat=True)[: FEW + 1])
    return Sought(found, sort, found.count(), None) if len(keys) > FEW else Sought(found, sort, len(keys), keys)


def seats_of_page(sought: Sought, *, offset: int, limit: int) -> list[Seat]:
    """Give one page in order. Its keys are found in the index first, so that skipped rows are never loaded.

    Beyond the middle the walk begins at the end, so that the last pages are as near as the first.
    """
    keys: list[int] | QuerySet[Seat, int]
    if sought.keys is not None:
        keys = sought.keys[offset : offset + limit]
    elif offset * 2 <= sought.total:
        keys = in_order(sought.found, sought.sort).values_list("pk", flat=True)[offset : offset + limit]
    else:
        behind = max(0, sought.total - offset - limit)
        backwards = in_order(sought.found, sought.sort).reverse().values_list("pk", flat=True)
        keys = backwards[behind : sought.total - offset]
    return list(in_order(Seat.objects.filter(pk__in=keys), sought.sort).select_related("kind"))


def each_seat(ordered: QuerySet[Seat]) -> Iterator[Seat]:
    """Give the seats one by one in constant memory, with their kinds."""
    return ordered.select_related("kind").iterator(chunk_size=2000)


def days_unseen(seat: Seat, now: datetime) -> int:
    """Give for how many days the holder was not seen; before the first time, since the seat was assigned."""
    return max(0, (now - (seat.last_seen_at or seat.assigned_at)).days)


def is_over(seat: Seat, today: date) -> bool:
    """Whether a temporary seat's last day is over, though nobody released it yet."""
    return seat.ends_on is not None and seat.ends_on < today
