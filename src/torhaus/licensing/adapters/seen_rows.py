"""Write in one transaction when installations were last seen and tokens last used.

Whoever changes a single row may hold it at the moment. Such rows are left for the next time, so that nothing is waited
for, and this never stands in a circle of those who wait for each other; rows are taken in the order of their keys.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django_scopes import scopes_disabled

from torhaus.licensing.models import Installation, LicenceToken
from torhaus.vendor.models import Vendor

# Seconds within which it is one day everywhere: time zones differ by whole quarters of an hour.
SLOT = 900
Slots = Mapping[tuple[int, int], list[int]]
Days = Mapping[tuple[int, date], list[int]]
Tokens = Mapping[int, int]
_DAYS = """
INSERT INTO licensing_installationday (installation_id, "on", calls, first_at, last_at) {rows}
ON CONFLICT (installation_id, "on") DO UPDATE SET
  calls = licensing_installationday.calls + excluded.calls,
  first_at = CASE WHEN excluded.first_at < licensing_installationday.first_at
                  THEN excluded.first_at ELSE licensing_installationday.first_at END,
  last_at = CASE WHEN excluded.last_at > licensing_installationday.last_at
                 THEN excluded.last_at ELSE licensing_installationday.last_at END
"""
_DAYS_OF_SQLITE = _DAYS.format(rows="VALUES (%s, %s, %s, %s, %s)")
_INSTALLATIONS_OF_SQLITE = "UPDATE licensing_installation SET last_seen_at = %s WHERE id = %s AND last_seen_at < %s"
_TOKENS_OF_SQLITE = """
UPDATE licensing_licencetoken SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)
"""
# One statement for each table, which gives the keys whose rows somebody else holds, or that are gone. ``free`` are the
# others, locked in the order of their keys.
_SEEN = """
WITH said AS MATERIALIZED (
  SELECT * FROM unnest(%(id)s::bigint[], %(on)s::date[], %(calls)s::bigint[], %(first)s::bigint[], %(last)s::bigint[])
  AS s (id, "on", calls, first, last)
), free AS MATERIALIZED (
  SELECT id FROM licensing_installation WHERE id = ANY(%(id)s::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), seen AS (
  UPDATE licensing_installation i SET last_seen_at = to_timestamp(s.last)
  FROM (SELECT id, max(last) AS last FROM said JOIN free USING (id) GROUP BY id) s
  WHERE i.id = s.id AND i.last_seen_at < to_timestamp(s.last)
), days AS ({days})
SELECT DISTINCT id FROM said WHERE id NOT IN (SELECT id FROM free)
"""
_ROWS = 'SELECT id, "on", calls, to_timestamp(first), to_timestamp(last) FROM said JOIN free USING (id)'
_INSTALLATIONS_OF_POSTGRESQL = _SEEN.format(days=_DAYS.format(rows=_ROWS))
_TOKENS_OF_POSTGRESQL = """
WITH said AS MATERIALIZED (
  SELECT * FROM unnest(%(id)s::bigint[], %(last)s::bigint[]) AS s (id, last)
), free AS MATERIALIZED (
  SELECT id FROM licensing_licencetoken WHERE id = ANY(%(id)s::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), used AS (
  UPDATE licensing_licencetoken t SET last_used_at = to_timestamp(s.last)
  FROM said s JOIN free USING (id)
  WHERE t.id = s.id AND (t.last_used_at IS NULL OR t.last_used_at < to_timestamp(s.last))
)
SELECT id FROM said WHERE id NOT IN (SELECT id FROM free)
"""


def write_seen(slots: Slots, tokens: Tokens) -> tuple[dict[tuple[int, int], list[int]], dict[int, int]]:
    """Write calls by installation and slot (count, first, last) and last uses by token; give what was left out.

    They count for the vendor's day as it is when they are written; what was written before stays as it is. What belongs
    to a row that is gone by now is dropped.
    """
    with scopes_disabled(), transaction.atomic():
        days = _by_day(slots)
        if connection.vendor == "postgresql":
            held, held_tokens = _write_to_postgresql(days, tokens)
        else:
            # SQLite has one writer, so nobody else holds a row.
            _write_to_sqlite(days, tokens)
            return {}, {}
    left = {key: value for key, value in slots.items() if key[0] in held}
    return left, {key: at for key, at in tokens.items() if key in held_tokens}


def _by_day(slots: Slots) -> Days:
    """Give the calls by installation and the vendor's day, in the order of both."""
    if not slots:
        return {}
    zone = ZoneInfo(Vendor.objects.values_list("time_zone", flat=True).first() or "UTC")
    days: dict[tuple[int, date], list[int]] = {}
    on = {slot: datetime.fromtimestamp(slot * SLOT, zone).date() for slot in {slot for _id, slot in slots}}
    for (installation_id, slot), said in sorted(slots.items()):
        key = (installation_id, on[slot])
        known = days.get(key)
        days[key] = said if known is None else _together(known, said)
    return days


def _together(one: list[int], other: list[int]) -> list[int]:
    return [one[0] + other[0], min(one[1], other[1]), max(one[2], other[2])]


# PostgreSQL


def _write_to_postgresql(days: Days, tokens: Tokens) -> tuple[set[int], set[int]]:
    """Write what can be; give the keys of installations and of tokens that somebody else holds."""
    held, held_tokens = set(), set()
    if days:
        names = {on: on.isoformat() for _id, on in days}
        columns: dict[str, Iterable[object]] = {
            "id": [installation_id for installation_id, _on in days],
            "on": [names[on] for _id, on in days],
            "calls": [said[0] for said in days.values()],
            "first": [said[1] for said in days.values()],
            "last": [said[2] for said in days.values()],
        }
        held = _held(Installation, _INSTALLATIONS_OF_POSTGRESQL, columns)
    if tokens:
        ordered = sorted(tokens.items())
        columns = {"id": [key for key, _at in ordered], "last": [at for _key, at in ordered]}
        held_tokens = _held(LicenceToken, _TOKENS_OF_POSTGRESQL, columns)
    return held, held_tokens


def _held(
    model: type[Installation] | type[LicenceToken], statement: str, columns: Mapping[str, Iterable[object]]
) -> set[int]:
    """Write columns of numbers and dates by a statement; give the keys it left out that are there."""
    # Each column goes as the text of an array: put together in C, where the driver would take each value by itself.
    said = {name: f"{{{','.join(map(str, column))}}}" for name, column in columns.items()}
    with connection.cursor() as cursor:
        cursor.execute(statement, said)
        left = [row[0] for row in cursor.fetchall()]
    return set(model.objects.filter(pk__in=left).values_list("pk", flat=True)) if left else set()


# SQLite


def _write_to_sqlite(days: Days, tokens: Tokens) -> None:
    there = _there(Installation, {installation_id for installation_id, _on in days})
    last: dict[int, int] = {}
    rows = []
    for (installation_id, on), (calls, first, at) in days.items():
        if installation_id in there:
            rows.append((installation_id, on, calls, _moment(first), _moment(at)))
            last[installation_id] = max(at, last.get(installation_id, 0))
    seen = [(_moment(at), key, _moment(at)) for key, at in last.items()]
    used = [(_moment(at), key, _moment(at)) for key, at in sorted(tokens.items())]
    with connection.cursor() as cursor:
        cursor.executemany(_DAYS_OF_SQLITE, rows)
        cursor.executemany(_INSTALLATIONS_OF_SQLITE, seen)
        cursor.executemany(_TOKENS_OF_SQLITE, used)


def _there(model: type[Installation], ids: Iterable[int]) -> set[int]:
    """Give which of some keys there are."""
    wanted, found = sorted(ids), set()
    for start in range(0, len(wanted), 500):  # SQLite takes a limited number of parameters
        found |= set(model.objects.filter(pk__in=wanted[start : start + 500]).values_list("pk", flat=True))
    return found


@lru_cache(maxsize=1_000)
def _moment(seconds: int) -> str:
    """Give an instant as Django writes it to SQLite: in UTC, without saying so. Few are in many rows that come together."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(" ")
