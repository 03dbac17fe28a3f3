"""The list of seats that are held: filtered, in order, a page of it. Inside the tenant scope."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import F, OrderBy, Q, QuerySet
from django.db.models.functions import Lower
from django_scopes import get_scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from torhaus.seats.models import Seat, SeatState
from torhaus.seats.queries import KindStanding
from torhaus.seats.sought import folded
from torhaus.subscriptions.models import Contract

LEAST_TEXT = 3
IDLE_DAYS = 90
FEW = 500  # found seats that are as quick to list as to count
# Nobody pages through more seats that a search found: of those it is said that there are more.
MOST_COUNTED = 5_000
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
    """Give the held seats of a contract, which is of the scope's customer, that ``wanted`` describes, in no order.

    Raises:
        ScopeError: the contract is another customer's.
    """
    if get_scope().get("customer") != contract.customer_id:
        raise ScopeError("the contract is another customer's")
    with scopes_disabled():  # as the scope would, but without joining each of very many seats with its contract
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
    backwards = sort.startswith("-")
    column = sort.removeprefix("-")
    last = _way(F("pk"), backwards=backwards)
    by: list[OrderBy] = [_way(Lower("name"), backwards=backwards), _way(F("mail"), backwards=backwards)]
    if column == "seen":
        seen = F("last_seen_at")
        by = [seen.desc(nulls_last=True) if backwards else seen.asc(nulls_last=True)]
    elif column == "organisation":
        by = [_way(F(field), backwards=backwards) for field in ("organisation", "name", "mail")]
    elif column == "kind":
        by[:0] = [_way(F(field), backwards=backwards) for field in ("kind__position", "kind__key")]
    elif column == "state":
        by.insert(0, _way(F("state"), backwards=backwards))
    elif column == "owned":
        by = [_way(F("owned_bytes"), backwards=backwards)]
    return found.order_by(*by, last)


def _way(by: F | Lower, *, backwards: bool) -> OrderBy:
    return by.desc() if backwards else by.asc()


@dataclass(frozen=True)
class Sought:
    """Seats that were looked for, in an order: how many there are, and, of few, all of their keys.

    ``more``: there are more than ``total``, which is where counting ended. ``parts``: how many there are of each kind
    (id), in the order of kinds, where that is known.
    """

    found: QuerySet[Seat]
    sort: str
    total: int
    keys: Sequence[int] | None = None
    more: bool = False
    parts: Sequence[tuple[int, int]] = ()


def seek(contract: Contract, wanted: SeatFilter, sort: str, *, kinds: Sequence[KindStanding], now: datetime) -> Sought:
    """Look for seats. How many there are is counted only where ``kinds``, as they stand, do not tell.

    Few of them are counted by looking for them, in one walk; of very many, MOST_COUNTED are counted: however many a
    search finds, it takes no longer.
    """
    found, parts = filtered_seats(contract, wanted, now), _counted(kinds, wanted)
    if parts is not None:
        return Sought(found, sort, sum(many for _, many in parts), parts=parts)
    keys = list(in_order(found, sort).values_list("pk", flat=True)[: FEW + 1])
    if len(keys) <= FEW:
        return Sought(found, sort, len(keys), keys)
    total = found.order_by().values("pk")[: MOST_COUNTED + 1].count()
    return Sought(found, sort, min(total, MOST_COUNTED), more=total > MOST_COUNTED)


def _counted(kinds: Sequence[KindStanding], wanted: SeatFilter) -> list[tuple[int, int]] | None:
    if not any(one.count.used for one in kinds):
        return []
    if wanted.text or wanted.unseen_days or wanted.created_by is not None or wanted.state == Shown.TEMPORARY:
        return None
    some = [(one.item.pk, one.count) for one in kinds if one.item and wanted.kind in {"", one.key}]
    if wanted.state == Shown.INVITED:
        return [(pk, count.invited) for pk, count in some]
    return [(pk, count.used - count.invited if wanted.state else count.used) for pk, count in some]


def seats_of_page(sought: Sought, *, offset: int, limit: int) -> list[Seat]:
    """Give one page in order, without kinds. Its keys are found in an index first, so skipped rows are never loaded."""
    if not sought.total:
        return []
    keys: Sequence[int] | QuerySet[Seat, int] | None = None
    if sought.keys is not None:
        keys = sought.keys[offset : offset + limit]
    elif sought.sort.removeprefix("-") == "kind" and sought.total > FEW:
        keys = _of_one_kind(sought, offset, limit)
    if keys is None:
        keys = _slice(sought, offset, limit)
    return list(in_order(Seat.objects.filter(pk__in=keys), sought.sort))


def _slice(sought: Sought, offset: int, limit: int) -> "QuerySet[Seat, int]":
    """Give the keys of a page. Beyond the middle the walk begins at the end: the last pages are as near as the first."""
    if sought.more or offset * 2 <= sought.total:
        return in_order(sought.found, sought.sort).values_list("pk", flat=True)[offset : offset + limit]
    behind = max(0, sought.total - offset - limit)
    backwards = in_order(sought.found, sought.sort).reverse().values_list("pk", flat=True)
    return backwards[behind : sought.total - offset]


def _of_one_kind(sought: Sought, offset: int, limit: int) -> "QuerySet[Seat, int] | None":
    """Give the keys of a page, ordered by kind, whose seats are all of one kind: no index orders kinds by position."""
    backwards = sought.sort.startswith("-")
    for kind, many in reversed(sought.parts) if backwards else sought.parts:
        if offset < many:
            if offset + limit > many:
                return None
            by_holder = f"{'-' if backwards else ''}{DEFAULT_SORT}"
            return _slice(Sought(sought.found.filter(kind=kind), by_holder, many), offset, limit)
        offset -= many
    return None


def each_seat(ordered: QuerySet[Seat]) -> Iterator[Seat]:
    """Give the seats one by one in constant memory, with their kinds."""
    return ordered.select_related("kind").iterator(chunk_size=2000)


def days_unseen(seat: Seat, now: datetime) -> int:
    """Give for how many days the holder was not seen; before the first time, since the seat was assigned."""
    return max(0, (now - (seat.last_seen_at or seat.assigned_at)).days)


def is_over(seat: Seat, today: date) -> bool:
    """Whether a temporary seat's last day is over, though nobody released it yet."""
    return seat.ends_on is not None and seat.ends_on < today
