"""Reads of records, inside the tenant scope unless the name says otherwise."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery
from django_scopes import scopes_disabled

from torhaus.records.models import ChainHead, PersonalValue, Record, Seal


class LastSeal(NamedTuple):
    """The end of the chain."""

    sequence: int
    digest: str


def recent_activity(limit: int) -> list[Record]:
    """Give the customer's newest records, newest first, inside the scope.

    They are read sealed or not: whoever just did something sees it on the next page, and a
    place in the chain, seconds later, changes nothing about it. What follows a cursor and
    must not miss one reads seals instead.
    """
    return list(Record.objects.order_by("-id")[:limit])


def recent_activity_with_names(limit: int) -> list[tuple[Record, str]]:
    """Give the customer's newest records as above, each with the name or mail of who did it, for staff's eyes."""
    return _with_names(Record.objects.all(), limit)


def records_about(kind: str, ref: str, limit: int) -> list[tuple[Record, str]]:
    """Give the customer's newest records about one thing and who did each, newest first, inside the scope."""
    return _with_names(Record.objects.filter(subject_kind=kind, subject_ref=ref), limit)


def _with_names(found: QuerySet[Record], limit: int) -> list[tuple[Record, str]]:
    # In the same query: a record whose actor has no name, or an erased one, has "".
    name = PersonalValue.objects.filter(record=OuterRef("pk"), field="actor_name").values("value")
    rows = found.annotate(actor_name=Subquery(name)).order_by("-id")[:limit]
    return [(record, record.actor_name or "") for record in rows]


class SealedRecord(NamedTuple):
    """A record with its place in the chain."""

    sequence: int
    at: datetime
    deed: str
    after: dict[str, Any]


def sealed_since(sequence: int, *, deeds: Collection[str], subject: tuple[str, str], limit: int) -> list[SealedRecord]:
    """Give the customer's sealed records of some deeds about one thing behind a place of the chain, in its order.

    Places are given one after the other, so whoever goes on from the last one it got misses none and gets none twice.
    """
    found = Record.objects.filter(
        seal__sequence__gt=sequence, deed__in=deeds, subject_kind=subject[0], subject_ref=subject[1]
    )
    rows = found.order_by("seal__sequence").values_list("seal__sequence", "at", "deed", "after")
    return [SealedRecord(*row) for row in rows[:limit]]


def last_seal() -> LastSeal | None:
    """Give the end of the chain, None before the first seal."""
    last = Seal.objects.order_by("-sequence").values_list("sequence", "digest").first()
    return LastSeal(*last) if last else None


def head_at(sequence: int) -> str | None:
    """Give the signed head kept for a place, as a compact JWS."""
    return ChainHead.objects.filter(sequence=sequence).values_list("signature", flat=True).first()


def newest_record_at_across_customers() -> datetime | None:
    """Give the instant of the record that was written last, None before the first."""
    with scopes_disabled():
        return Record.objects.order_by("-id").values_list("at", flat=True).first()
