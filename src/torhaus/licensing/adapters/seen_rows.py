"""Write in one transaction when installations were last seen and tokens last used.

Whoever changes a single row may hold it at the moment. Such rows are left for the next time, so that nothing is waited
for, and this never stands in a circle of those who wait for each other; rows are taken in the order of their keys.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
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
_DAYS_OF_POSTGRESQL = _DAYS.format(
    rows="SELECT * FROM unnest(%s::bigint[], %s::date[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])"
)
_INSTALLATIONS_OF_SQLITE = "UPDATE licensing_installation SET last_seen_at = %s WHERE id = %s AND last_seen_at < %s"
_INSTALLATIONS_OF_POSTGRESQL = """
UPDATE licensing_installation i SET last_seen_at = s.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS s (id, at) WHERE i.id = s.id AND i.last_seen_at < s.at
"""
_TOKENS_OF_SQLITE = """
UPDATE licensing_licencetoken SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)
"""
_TOKENS_OF_POSTGRESQL = """
UPDATE licensing_licencetoken t SET last_used_at = s.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS s (id, at)
WHERE t.id = s.id AND (t.last_used_at IS NULL OR t.last_used_at < s.at)
"""
# The rows nobody holds, locked in the order of their keys.
_FREE = "SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_THERE = "SELECT id FROM {table} WHERE id = ANY(%s)"


def write_seen(slots: Slots, tokens: Tokens) -> tuple[dict[tuple[int, int], list[int]], dict[int, int]]:
    """Write calls by installation and slot (count, first, last) and last uses by token; give what was left out.

    They count for the vendor's day as it is when they are written; what was written before stays as it is. What belongs to a row that is gone by now is dropped.
    """
    wanted = {installation_id for installation_id, _slot in slots}
    with scopes_disabled(), transaction.atomic():
        free, gone = _free(Installation, wanted)
        free_tokens, gone_tokens = _free(LicenceToken, tokens)
        _write(_by_day(slots, free), tokens, free_tokens)
    left = {key: value for key, value in slots.items() if key[0] not in free and key[0] not in gone}
    left_tokens = {key: at for key, at in tokens.items() if key not in free_tokens and key not in gone_tokens}
    return left, left_tokens


def _free(model: type[Installation] | type[LicenceToken], ids: Iterable[int]) -> tuple[set[int], set[int]]:
    """Lock those rows that nobody holds; give them, and those that are not there any more."""
    wanted = sorted(ids)
    free = _keys(model, wanted, free=True)
    missing = [one for one in wanted if one not in free]
    there = _keys(model, missing, free=False) if missing else set()
    return free, set(missing) - there


def _keys(model: type[Installation] | type[LicenceToken], wanted: Sequence[int], *, free: bool) -> set[int]:
    """Give which of some keys there are; with ``free`` only of rows that nobody holds, which are then ours."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # An array is one value, however many keys: nothing is made of them but the answer.
            cursor.execute((_FREE if free else _THERE).format(table=model._meta.db_table), [list(wanted)])
            return {row[0] for row in cursor.fetchall()}
    # SQLite has one writer, so nobody else holds a row.
    found: set[int] = set()
    for some in _in_chunks(wanted):
        found |= set(model.objects.filter(pk__in=some).values_list("pk", flat=True))
    return found


def _by_day(slots: Slots, free: set[int]) -> Days:
    """Give the calls of the installations that are free, by the vendor's day."""
    if not slots:
        return {}
    zone = ZoneInfo(Vendor.objects.values_list("time_zone", flat=True).first() or "UTC")
    days: dict[tuple[int, date], list[int]] = {}
    for (installation_id, slot), (calls, first, last) in slots.items():
        if installation_id not in free:
            continue
        key = (installation_id, datetime.fromtimestamp(slot * SLOT, zone).date())
        known = days.get(key)
        days[key] = [calls, first, last] if known is None else _together(known, [calls, first, last])
    return days


def _together(one: list[int], other: list[int]) -> list[int]:
    return [one[0] + other[0], min(one[1], other[1]), max(one[2], other[2])]


def _write(days: Days, tokens: Tokens, free_tokens: set[int]) -> None:
    last: dict[int, int] = {}
    rows = []
    for (installation_id, on), (calls, first, at) in sorted(days.items()):
        rows.append((installation_id, on, calls, _moment(first), _moment(at)))
        last[installation_id] = max(at, last.get(installation_id, 0))
    seen = [(key, _moment(at)) for key, at in last.items()]
    used = [(key, _moment(at)) for key, at in sorted(tokens.items()) if key in free_tokens]
    if connection.vendor == "postgresql":
        _write_columns(_DAYS_OF_POSTGRESQL, rows)
        _write_columns(_INSTALLATIONS_OF_POSTGRESQL, seen)
        _write_columns(_TOKENS_OF_POSTGRESQL, used)
        return
    with connection.cursor() as cursor:
        cursor.executemany(_DAYS_OF_SQLITE, rows)
        cursor.executemany(_INSTALLATIONS_OF_SQLITE, [(at, key, at) for key, at in seen])
        cursor.executemany(_TOKENS_OF_SQLITE, [(at, key, at) for key, at in used])


def _write_columns(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement that takes each column of some rows as an array: one round for all of them."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def _moment(seconds: int) -> datetime:
    moment = datetime.fromtimestamp(seconds, UTC)
    # SQLite keeps instants as Django writes them: in UTC, without saying so.
    return moment.replace(tzinfo=None) if connection.vendor == "sqlite" else moment


def _in_chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    # SQLite takes a limited number of parameters.
    return (ids[start : start + 500] for start in range(0, len(ids), 500))
