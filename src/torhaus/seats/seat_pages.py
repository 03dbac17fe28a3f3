"""Pages of the list of seats, inside the tenant scope: no page of 50,000 seats costs more than one of 50.

What a search found is listed and counted in one walk that ends after MOST_COUNTED. How many there are otherwise is
known from the kept numbers, and pages near either end are reached from there. Those far from both are reached from a
``Place`` on the page one comes from: a seat, and how many stand before it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django_scopes import scopes_disabled

from torhaus.core.keyset import beyond
from torhaus.core.statistics import planned_anew
from torhaus.seats.lookup import looked_up
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.queries import KindStanding
from torhaus.seats.seat_list import DEFAULT_SORT, SeatFilter, Shown, columns_of, filtered_seats, in_order, narrowed
from torhaus.seats.sought import folded
from torhaus.subscriptions.models import Contract

# Nobody pages through more seats that a search found: of those it is said that there are more.
MOST_COUNTED = 5_000
READ_THROUGH = 5_000  # held seats whose texts SQLite reads in a millisecond, so that nothing need be looked up
AT_HAND = 2_600  # seats that are skipped in no time: a hundred pages of the list, and somewhat more
# What no list shows is not read either.
_NOT_LISTED = (
    "sought",
    "registration",
    "registration_ends_at",
    "end_told_at",
    "held_since",
    "reminder",
    "reminder_waits",
)
# By what a seat's place is told. Who changes it meanwhile stands elsewhere.
_TOLD_BY = {"organisation": ("organisation", "name", "mail"), "seen": ("last_seen_at",), "owned": ("owned_bytes",)}


@dataclass(frozen=True)
class Place:
    """Where a page begins: at the seat ``ref``, with ``at`` seats before it; ``mark`` tells whether it still stands there.

    In addresses it is a text that names nobody.
    """

    at: int
    ref: str
    mark: str

    def __str__(self) -> str:
        return f"{self.at}.{self.ref}.{self.mark}"


def place_in(text: str) -> Place | None:
    """Give the place that an address names, None for nonsense."""
    at, _, rest = text.partition(".")
    ref, _, mark = rest.partition(".")
    sound = text.isascii() and at.isdecimal() and len(at) < 10 and ref.isalnum() and mark.isalnum() and len(text) < 64
    return Place(int(at), ref, mark) if sound else None


@dataclass(frozen=True)
class Sought:
    """Seats that were looked for, in an order: how many there are, and, of what a search found, all of their keys.

    ``more``: there are more than ``total``, which is where counting ended. ``parts``: where how many there are was
    known, what the list falls into one after the other in its order, such as kinds, and how many are in each.
    """

    found: QuerySet[Seat]
    sort: str
    total: int
    keys: Sequence[int] | None = None
    more: bool = False
    parts: Sequence[tuple[Q, int]] = ()

    @property
    def inner_sort(self) -> str:
        """The order inside of a part."""
        backwards, column = self.sort.startswith("-"), self.sort.removeprefix("-")
        return ("-" if backwards else "") + (DEFAULT_SORT if column in {"kind", "state"} else column)


def seek(contract: Contract, wanted: SeatFilter, sort: str, *, kinds: Sequence[KindStanding], now: datetime) -> Sought:
    """Look for seats. How many there are is counted only where ``kinds``, as they stand, do not tell."""
    held = _kept(kinds, wanted)
    if held is not None:
        found = filtered_seats(contract, wanted, now)
        parts = _parts(held, sort)
        return Sought(found, sort, sum(many for _, many in parts), parts=parts)
    very_many = sum(one.count.used for one in kinds) > READ_THROUGH
    with planned_anew():
        return _listed(contract, wanted, sort, now, very_many=very_many)


def _listed(contract: Contract, wanted: SeatFilter, sort: str, now: datetime, *, very_many: bool) -> Sought:
    """List what a search found, beginning with the index that finds it."""
    found = _found(contract, wanted, now)
    ordered, text_only = in_order(found, sort), SeatFilter(wanted.text)
    if (wanted.unseen_days or wanted.state == Shown.TEMPORARY) and not wanted.text:
        many = found.values("pk")[: MOST_COUNTED + 1].count()
        if many > MOST_COUNTED:  # of so many, some are soon met in any order
            return Sought(found, sort, MOST_COUNTED, more=True, parts=[(Q(), MOST_COUNTED)])
        if connection.vendor == "sqlite":  # which would walk in the wanted order instead
            ordered = in_order(_seats_of(found.values("pk")), sort)
    elif very_many and (met := looked_up(folded(wanted.text), MOST_COUNTED)) is not None:
        ordered = in_order(_wanted_among(met, contract, wanted, now), sort)
    elif connection.vendor == "sqlite" and wanted.text and (wanted, sort) != (text_only, DEFAULT_SORT):
        # SQLite would walk in the wanted order, and look into each seat for the text: only one index holds both.
        some = _first_keys(filtered_seats(contract, text_only, now), MOST_COUNTED + 1)
        if len(some) <= MOST_COUNTED:
            ordered = in_order(_wanted_among(json.dumps(some), contract, wanted, now), sort)
    keys = _first_keys(ordered, MOST_COUNTED + 1)
    return Sought(found, sort, min(len(keys), MOST_COUNTED), keys[:MOST_COUNTED], more=len(keys) > MOST_COUNTED)


def _found(contract: Contract, wanted: SeatFilter, now: datetime) -> QuerySet[Seat]:
    """Give the wanted seats, in no order. A text finds fewer than there are of a kind."""
    if not (wanted.text and wanted.kind):
        return filtered_seats(contract, wanted, now)
    return _of_kind(filtered_seats(contract, replace(wanted, kind=""), now), wanted.kind)


def _first_keys(seats: QuerySet[Seat], most: int) -> list[int]:
    """Give the first keys of some seats: thousands at once, which a queryset would hand over by the hundred."""
    if connection.vendor == "postgresql":
        gathered: list[int] | None = seats.values("pk")[:most].aggregate(keys=ArrayAgg("pk"))["keys"]
        return gathered or []
    try:
        sql, values = seats.values_list("pk")[:most].query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [key for (key,) in cursor.fetchall()]


def _wanted_among(keys: str, contract: Contract, wanted: SeatFilter, now: datetime) -> QuerySet[Seat]:
    """Give those of some keys (a JSON array) that are wanted seats held of a contract, on SQLite.

    The plus keeps it from the indexes that begin with the contract: it knows nothing of how many seats one has.
    """
    among = _seats_of(RawSQL("SELECT value FROM json_each(%s)", [keys]))
    held = RawSQL("+seats_seat.contract_id = %s AND +seats_seat.released_at IS NULL", [contract.pk], BooleanField())
    among = among.filter(held)
    if wanted.kind:
        among = _of_kind(among, wanted.kind)
    return narrowed(among, replace(wanted, kind=""), now)


def _of_kind(seats: QuerySet[Seat], key: str) -> QuerySet[Seat]:
    """Give those of some seats that are of a kind; the plus keeps databases from beginning with all of that kind.

    Only for the outermost query: in one of another, the table has another name.
    """
    of_kind = RawSQL("+seats_seat.kind_id IN (SELECT id FROM catalogue_item WHERE key = %s)", [key], BooleanField())
    return seats.filter(of_kind)


def _kept(kinds: Sequence[KindStanding], wanted: SeatFilter) -> list[tuple[int, str, int]] | None:
    """Give how many of each kind (id) and state are wanted, in the order of kinds; None where that is not kept."""
    if not any(one.count.used for one in kinds):
        return []
    if wanted.text or wanted.unseen_days or wanted.created_by is not None or wanted.state == Shown.TEMPORARY:
        return None
    return [
        (one.item.pk, state, many)
        for one in kinds
        if one.item and wanted.kind in {"", one.key}
        for state, many in (
            (SeatState.ACTIVE.value, one.count.used - one.count.invited),
            (SeatState.INITIATED.value, one.count.invited),
        )
        if many and wanted.state in {"", state}
    ]


def _parts(held: Sequence[tuple[int, str, int]], sort: str) -> list[tuple[Q, int]]:
    column = sort.removeprefix("-")
    parts: dict[Q, int] = {}
    for kind, state, many in sorted(held, key=lambda one: one[1]) if column == "state" else held:
        part = Q(kind=kind) if column == "kind" else Q(state=state) if column == "state" else Q()
        parts[part] = parts.get(part, 0) + many
    found = list(parts.items())
    return found[::-1] if sort.startswith("-") else found


def seats_of_page(sought: Sought, *, offset: int, limit: int, near: Place | None = None) -> list[Seat]:
    """Give the seats from ``offset`` on in order, without kinds; ``near`` is a place on the page one comes from.

    Their keys are found in an index first, so that skipped rows are never loaded.
    """
    end = min(offset + limit, sought.total)
    if offset >= end:
        return []
    if sought.keys is not None:
        return _loaded(sought, sought.keys[offset:end])
    pieces = _pieces(sought, offset, end)
    if len(pieces) == 1:
        start, stop, part, many = pieces[0]
        if near is not None and min(stop, many - start) > AT_HAND:
            before = offset - start  # seats in the parts before this one
            keys = _from_place(sought, part, replace(near, at=near.at - before), start, stop)
            found = _loaded(sought, keys) if keys is not None else []
            if len(found) == stop - start:  # else some came or went since, and the place is of no use
                return found
        return _loaded(sought, _slice(sought, part, many, start, stop))
    if len(pieces) == 2:
        return _loaded(
            sought, [pk for start, stop, part, many in pieces for pk in _slice(sought, part, many, start, stop)]
        )
    return list(in_order(sought.found, sought.sort)[offset:end])


def place_of(sought: Sought, first: Seat, offset: int) -> Place | None:
    """Give the place of a page's ``first`` seat, with ``offset`` seats before it; None in lists that need none."""
    if sought.keys is not None or sought.total <= 2 * AT_HAND:
        return None
    return Place(offset, first.ref, _mark([getattr(first, name) for name in _told_by(sought)]))


def _told_by(sought: Sought) -> Sequence[str]:
    return _TOLD_BY.get(sought.inner_sort.removeprefix("-"), ("name", "mail"))


def _mark(values: Sequence[object]) -> str:
    return hashlib.blake2b(repr(tuple(values)).encode(), digest_size=6).hexdigest()


def _pieces(sought: Sought, offset: int, end: int) -> list[tuple[int, int, Q, int]]:
    """Give which seats of which parts lie there: from, to, the part, and how many are in it."""
    pieces, before = [], 0
    for part, many in sought.parts:
        start, stop = max(offset - before, 0), min(end - before, many)
        if start < stop:
            pieces.append((start, stop, part, many))
        before += many
    return pieces


def _slice(sought: Sought, part: Q, many: int, start: int, stop: int) -> "QuerySet[Seat, int]":
    """Give keys of a part. Beyond its middle the walk begins at the end: the last pages are as near as the first."""
    ordered = in_order(sought.found.filter(part), sought.inner_sort)
    if sought.more or start * 2 <= many:
        return ordered.values_list("pk", flat=True)[start:stop]
    return ordered.reverse().values_list("pk", flat=True)[many - stop : many - start]


def _from_place(sought: Sought, part: Q, near: Place, start: int, stop: int) -> "QuerySet[Seat, int] | None":
    """Give keys of a part, counted from the place ``near``; None if it is far from there, or its seat moved."""
    begin, end = start - near.at, stop - near.at
    if not -AT_HAND < begin < AT_HAND:
        return None
    within = sought.found.filter(part)
    columns, told_by = columns_of(sought.inner_sort.removeprefix("-")), _told_by(sought)
    row = within.filter(ref=near.ref).values_list(*told_by, *columns).first()
    if row is None or _mark(row[: len(told_by)]) != near.mark:
        return None
    values = row[len(told_by) :]
    if values[0] is None:  # never seen: such seats come last, and by their number
        within, columns, values = within.filter(last_seen_at=None), columns[1:], values[1:]
    turned = begin < 0
    backwards = sought.inner_sort.startswith("-") != turned
    ordered = in_order(
        within.filter(beyond(columns, values, backwards=backwards, itself=not turned)), sought.inner_sort
    )
    if turned:
        return ordered.reverse().values_list("pk", flat=True)[-end:-begin]
    return ordered.values_list("pk", flat=True)[begin:end]


def _loaded(sought: Sought, keys: "Sequence[int] | QuerySet[Seat, int]") -> list[Seat]:
    return list(in_order(_seats_of(keys), sought.sort).defer(*_NOT_LISTED))


def _seats_of(keys: "Sequence[int] | QuerySet[Seat, Any] | RawSQL") -> QuerySet[Seat]:
    """Give the seats of keys that were found inside the scope, which would only join each with its contract."""
    with scopes_disabled():
        return Seat.objects.filter(pk__in=keys)
