"""The personal values that are one person's, across all records, and their erasure. The chain stays whole."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from torhaus.core import clock
from torhaus.core.mentions import mentions_of
from torhaus.records.deeds import part
from torhaus.records.models import PersonalValue

CHUNK = 500


@dataclass(frozen=True)
class Whose:
    """By what a person is found: address, references as the one who acts and as what is acted on, and names.

    ``names`` count only in records of ``customer_refs``: elsewhere they are somebody else's.
    """

    mail: str
    actor_ref: str = ""
    subjects: Collection[tuple[str, str]] = ()
    names: Collection[str] = ()
    customer_refs: Collection[str] = ()


def values_across_customers(whose: Whose) -> set[int]:
    """Give the keys of a person's values: of the one who acts name and address, of the one acted on all there is."""
    found, acting, about = _mentioned(whose)
    by_actor, by_subject = Q(field__startswith="actor_"), ~Q(field__startswith="actor_")
    theirs = Q(pk__in=[])
    if whose.actor_ref:
        theirs |= by_actor & Q(record__actor_ref=whose.actor_ref)
    for kind, ref in whose.subjects:
        theirs |= by_subject & Q(record__subject_kind=kind, record__subject_ref=ref)
    if whose.names:
        theirs |= Q(value__in=whose.names, record__customer_ref__in=whose.customer_refs)
    alive = PersonalValue.objects.filter(erased_at__isnull=True)
    found.update(alive.filter(theirs).values_list("pk", flat=True))
    for chunk in _chunks(acting | about):  # the address itself, and the names beside it
        rows = alive.filter((Q(record__in=acting & chunk) & by_actor) | (Q(record__in=about & chunk) & by_subject))
        found.update(rows.values_list("pk", flat=True))
    return found


@part
def erase_values(keys: Collection[int]) -> int:
    """Erase values and their salts, or a short value could be found again by trying. Give how many there were."""
    count = 0
    for chunk in _chunks(keys):
        alive = PersonalValue.objects.filter(pk__in=chunk, erased_at__isnull=True)
        count += alive.update(value="", salt="", erased_at=clock.now())
    return count


def _mentioned(whose: Whose) -> tuple[set[int], set[int], set[int]]:
    """Give the values that mention the address, and the records in which it is the one who acts, or the one acted on.

    An address may have been somebody else's before. Where a record names by reference whose it was, only the reference
    counts for what stands beside it.
    """
    found: set[int] = set()
    acting: set[int] = set()
    about: set[int] = set()
    address = mentions_of(whose.mail)
    rows = PersonalValue.objects.filter(erased_at__isnull=True, value__icontains=whose.mail)
    columns = ("pk", "record_id", "field", "value", "record__actor_ref", "record__subject_kind", "record__subject_ref")
    for pk, record_id, field, value, actor, kind, ref in rows.values_list(*columns).iterator():
        if not address.search(value):
            continue
        if value.strip().lower() != whose.mail:
            found.add(pk)
        elif field.startswith("actor_"):
            if actor in {"", whose.actor_ref}:
                acting.add(record_id)
        elif kind != "user" or (kind, ref) in whose.subjects:
            about.add(record_id)
    return found, acting, about


def _chunks(keys: Collection[int]) -> list[set[int]]:
    rows = sorted(keys)
    return [set(rows[n : n + CHUNK]) for n in range(0, len(rows), CHUNK)]
