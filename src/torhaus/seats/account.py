"""What the account status says of seats: how each kind stands, its peak in a period, and what the next one books."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count as Number
from django.db.models import OuterRef, Subquery
from django_scopes import scopes_disabled

from torhaus.catalogue.models import ItemKind
from torhaus.catalogue.queries import PlanMark, plan_marks
from torhaus.core.statistics import planned_anew
from torhaus.seats.models import Seat
from torhaus.seats.queries import Held, KindStanding, booked_seats, standing_of
from torhaus.seats.rules import Ratio, seats_with_following
from torhaus.subscriptions.models import Booking, Contract

# What is held of each kind and state, with what it owns, and, with the state '', by how many more of a kind were held
# at some moment of the period than now. Going back from now, each assignment takes one away and each release adds one,
# so the most were held just before a release. Of n releases, none can make up for more than n assignments behind it:
# the walk ends at the last of those (reach), or at the first release. Reassigned seats are held since long before, so
# that their instants say nothing of the reach.
_HELD_AND_PEAKS = """
WITH lost AS (
  SELECT kind_id, COUNT(*) AS n, MIN(released_at) AS first FROM seats_seat
  WHERE contract_id = %(contract)s AND released_at >= %(since)s GROUP BY kind_id
), reach AS (
  SELECT kind_id, COALESCE((
    SELECT CASE WHEN assigned_at > first THEN assigned_at ELSE first END FROM seats_seat
    WHERE contract_id = %(contract)s AND kind_id = lost.kind_id AND held_since IS NULL
    ORDER BY assigned_at DESC LIMIT 1 OFFSET (SELECT MAX(n) FROM lost)
  ), first) AS at FROM lost
)
SELECT kind_id, state, held, owned FROM seats_seattally WHERE contract_id = %(contract)s AND held > 0
UNION ALL
SELECT kind_id, '', MAX(more), 0 FROM (
  SELECT kind_id, SUM(step) OVER (PARTITION BY kind_id ORDER BY at DESC, step ROWS UNBOUNDED PRECEDING) AS more FROM (
    SELECT seat.kind_id, COALESCE(seat.held_since, seat.assigned_at) AS at, -1 AS step
    FROM seats_seat AS seat JOIN reach ON reach.kind_id = seat.kind_id WHERE seat.contract_id = %(contract)s
    AND seat.assigned_at >= (SELECT MIN(at) FROM reach) AND seat.assigned_at >= reach.at
    AND COALESCE(seat.held_since, seat.assigned_at) >= reach.at
    UNION ALL
    SELECT seat.kind_id, seat.released_at AS at, 1 AS step
    FROM seats_seat AS seat JOIN reach ON reach.kind_id = seat.kind_id WHERE seat.contract_id = %(contract)s
    AND seat.released_at >= %(since)s AND seat.released_at >= reach.at
  ) AS steps
) AS sums GROUP BY kind_id
"""


@dataclass(frozen=True)
class KindInPeriod:
    """A kind of seat with what it owns, and its peak in the running period.

    ``following`` is what the next period books, None if none comes.
    """

    standing: KindStanding
    owned_bytes: int
    peak: int
    following: int | None

    @property
    def key(self) -> str:
        """The key of the kind."""
        return self.standing.key


@dataclass(frozen=True)
class Holding:
    """What one holder of a seat owns, and how many seats they asked for for others."""

    name: str
    mail: str
    kind: str
    owned_bytes: int
    invited: int


@dataclass(frozen=True)
class SeatAccount:
    """The seats of a contract in its running period, and what the catalogue says of its plans."""

    kinds: list[KindInPeriod]
    plans: list[PlanMark]


def seat_account(
    contract: Contract, *, now: Sequence[Booking], following: Sequence[Booking] | None, since: date, zone: str
) -> SeatAccount:
    """Give how each kind of seat stands in a contract, in three queries however many there are.

    ``now`` are the bookings in force, ``following`` those in the next period (None if none comes), ``since`` is the
    first day of the running one at the vendor's (``zone``).
    """
    marks = plan_marks(plans_of([*now, *(following or ())]))
    booked = seats_booked_in(now, marks)
    later = None if following is None else seats_booked_in(following, marks)
    now_held = held_and_peaks(contract, datetime.combine(since, time.min, ZoneInfo(zone)))
    kinds = [
        KindInPeriod(
            one,
            now_held.owned_bytes.get(one.item.pk, 0) if one.item else 0,
            one.count.used + (now_held.more_before.get(one.item.pk, 0) if one.item else 0),
            None if later is None else later.get(one.key, 0),
        )
        for one in standing_of(booked, now_held.held, also=later or ())
    ]
    here = plans_of(now)
    return SeatAccount(kinds, [mark for mark in marks if mark.item_id in here])


@dataclass(frozen=True)
class HeldNow:
    """What is held, what each kind (id) owns, and by how many more of a kind were held at one moment of the period."""

    held: list[Held]
    owned_bytes: dict[int, int]
    more_before: dict[int, int]


def held_and_peaks(contract: Contract, since: datetime) -> HeldNow:
    """Give how the seats of a contract stand now, beside their peaks since an instant."""
    start = connection.ops.adapt_datetimefield_value(since)
    with planned_anew(), connection.cursor() as cursor:
        cursor.execute(_HELD_AND_PEAKS, {"contract": contract.pk, "since": start})
        rows = cursor.fetchall()
    owned: dict[int, int] = {}
    for kind, state, _, size in rows:
        owned[kind] = owned.get(kind, 0) + int(size) if state else owned.get(kind, 0)
    return HeldNow(
        [Held(kind, state, count) for kind, state, count, _ in rows if state],
        owned,
        {kind: max(0, int(more)) for kind, state, more, _ in rows if not state},
    )


def holdings(contract: Contract, limit: int) -> list[Holding]:
    """Give the ``limit`` holders whose seats own most, with how many seats each asked for that are held now."""
    held = Seat.objects.filter(contract=contract, released_at__isnull=True)
    most = held.filter(owned_bytes__gt=0).order_by("-owned_bytes", "pk").values("pk")[:limit]
    with scopes_disabled():  # a holder's guests are of the same contract, and found by the holder alone
        guests = Seat.objects.filter(created_by=OuterRef("pk"), released_at__isnull=True)
    asked = guests.order_by().values("created_by").annotate(n=Number("pk")).values("n")
    rows = Seat.objects.filter(pk__in=Subquery(most)).annotate(invited=Subquery(asked)).select_related("kind")
    return [
        Holding(one.name, one.mail, one.kind.key, one.owned_bytes, one.invited or 0)
        for one in rows.order_by("-owned_bytes", "pk")
    ]


def plans_of(bookings: Iterable[Booking]) -> set[int]:
    """Give the plans (ids of items) that some bookings name."""
    return {one.item_id for one in bookings if one.kind == ItemKind.PLAN and one.item_id}


def seats_booked_in(bookings: Sequence[Booking], marks: Iterable[PlanMark]) -> Mapping[str, int]:
    """Give what some bookings amount to by kind, with what follows in their plans (B79), which are among ``marks``."""
    plans = plans_of(bookings)
    ratios = [Ratio(*one) for mark in marks if mark.item_id in plans for one in mark.ratios]
    return seats_with_following(booked_seats(bookings), ratios)
