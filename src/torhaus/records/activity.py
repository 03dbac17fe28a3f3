"""Reads of a customer's activity log: sealed records, the newest first, by cursor, inside the scope.

A page costs the same wherever it lies: the cursor is the key of a record, and what comes before or after it is read
from an index. Records that wait for their seal are not shown; they come seconds later.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from torhaus.core.keyset import beyond
from torhaus.records.models import NAMED_FIELDS, PersonalValue, Record, Unsealed

CHUNK = 1000
_ORDER = (F("at"), F("id"))


@dataclass(frozen=True)
class ActivityFilter:
    """What is wanted: by whom (references), about whom (mails or names), which deed, when; None and "" mean any."""

    actors: Collection[str] | None = None
    affected: Collection[str] | None = None
    deed: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class ActivityPage:
    """Some records, and whether there are newer and older ones."""

    records: Sequence[Record]
    newer: bool
    older: bool


def activity(wanted: ActivityFilter, *, without: Collection[str] = ()) -> QuerySet[Record]:
    """Give the sealed records that ``wanted`` describes, but no deed named in ``without``, the newest first."""
    found = Record.objects.filter(~Exists(Unsealed.objects.filter(record_id=OuterRef("pk"))))
    if without:
        found = found.exclude(deed__in=without)
    if wanted.actors is not None:
        found = found.filter(actor_ref__in=wanted.actors)
    if wanted.affected is not None:
        about = PersonalValue.objects.filter(field__in=NAMED_FIELDS, value__in=wanted.affected)
        found = found.filter(pk__in=about.values("record_id"))
    if wanted.deed:
        found = found.filter(deed=wanted.deed)
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(at__lt=wanted.until)
    return found.order_by("-at", "-id")


def activity_page(found: QuerySet[Record], *, limit: int, before: str = "", after: str = "") -> ActivityPage:
    """Give the records older than the one whose key is ``before``, or newer than ``after``; else the newest."""
    cursor = _record(found, after)
    if cursor is not None:
        rows = list(found.filter(_newer(cursor)).order_by("at", "id")[: limit + 1])
        if len(rows) > limit:
            return ActivityPage(rows[:limit][::-1], newer=True, older=True)
        return activity_page(found, limit=limit)
    cursor = _record(found, before)
    rows = list((found.filter(_older(cursor)) if cursor else found)[: limit + 1])
    return ActivityPage(rows[:limit], newer=cursor is not None, older=len(rows) > limit)


def each_of_activity(found: QuerySet[Record]) -> Iterator[list[Record]]:
    """Give all the records in chunks, in constant memory and without an open cursor of the database."""
    rows = list(found[:CHUNK])
    while rows:
        yield rows
        rows = list(found.filter(_older(rows[-1]))[:CHUNK])


def personal_values_of_across_customers(records: Sequence[Record]) -> dict[int, dict[str, str]]:
    """Give the personal values of records that were found in their scope; what was erased is left out."""
    values: dict[int, dict[str, str]] = {}
    rows = PersonalValue.objects.filter(record_id__in=[record.pk for record in records], erased_at__isnull=True)
    for record_id, field, value in rows.values_list("record_id", "field", "value"):
        values.setdefault(record_id, {})[field] = value
    return values


def _record(found: QuerySet[Record], key: str) -> Record | None:
    if not key:
        return None
    try:
        return found.model.objects.filter(key=key).only("at").first()
    except (ValidationError, ValueError):
        return None


def _older(than: Record) -> Q:
    return beyond(_ORDER, (than.at, than.pk), backwards=True)


def _newer(than: Record) -> Q:
    return beyond(_ORDER, (than.at, than.pk), backwards=False)
