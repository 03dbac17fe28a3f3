"""Writes of the records room: sealing, keeping signed heads, and erasing personal values.

One sealer at a time gives committed records their places. Ids commit out of order on
PostgreSQL, which does no harm: a place is given when the sealer sees the record.
"""

from datetime import datetime

from django.db import connection, transaction
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, housekeeping, nothing_done, write_record
from torhaus.records.models import ChainHead, PersonalValue, Record, Seal, Unsealed
from torhaus.records.rules import FIELDS, GENESIS, content, digest

BATCH = 1000
_SEALER_LOCK = 0x746F72_0001  # an arbitrary constant: whoever holds it seals


@housekeeping
def seal_records(*, batch: int = BATCH) -> int:
    """Seal what is committed and unsealed; give how many. Another sealer at work means none are left to do."""
    sealed = 0
    # Looked at without a lock first: an idle sealer must not queue before SQLite's one writer.
    while Unsealed.objects.exists():
        with transaction.atomic():
            done = _seal_batch(batch) if _alone() else 0
        sealed += done
        if not done:
            break
    return sealed


def _alone() -> bool:
    """Take the sealer's lock until the transaction ends; SQLite's IMMEDIATE transaction is one already."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEALER_LOCK])
        return bool(cursor.fetchone()[0])


def _seal_batch(size: int) -> int:
    ids = list(Unsealed.objects.order_by("record_id").values_list("record_id", flat=True)[:size])
    if not ids:
        return 0
    last = Seal.objects.order_by("-sequence").values_list("sequence", "digest").first()
    sequence, previous = last or (0, GENESIS)
    now = clock.now()
    seals = []
    with scopes_disabled():
        rows = Record.objects.filter(pk__in=ids).order_by("pk").values("pk", *FIELDS)
    for row in rows:
        sequence += 1
        previous = digest(previous, sequence, content(row))
        seals.append(Seal(sequence=sequence, record_id=row["pk"], digest=previous, sealed_at=now))
    Seal.objects.bulk_create(seals)
    Unsealed.objects.filter(record_id__in=ids).delete()
    return len(seals)


@housekeeping
def keep_head(*, sequence: int, digest: str, signature: str, signed_at: datetime) -> bool:
    """Keep a signed head; False if the chain has one at this place already."""
    _, created = ChainHead.objects.get_or_create(
        sequence=sequence, defaults={"digest": digest, "signature": signature, "signed_at": signed_at}
    )
    return created


@deed("erase_personal_values")
def erase_personal_values(*, by: Actor, actor_ref: str = "", value: str = "") -> int:
    """Erase the name and address of an actor, or a value wherever it stands; the chain stays whole.

    The salt goes too, or a short value could be found again by trying. Gives how many were erased.

    Raises:
        ValueError: neither or both of ``actor_ref`` and ``value`` are given.
    """
    if bool(actor_ref) == bool(value):
        raise ValueError("name either an actor or a value")
    found = PersonalValue.objects.filter(erased_at__isnull=True)
    if actor_ref:
        found = found.filter(record__actor_ref=actor_ref, field__startswith="actor_")
    else:
        found = found.filter(value=value)
    erased = found.update(value="", salt="", erased_at=clock.now())
    if not erased:
        nothing_done()
        return 0
    write_record(by=by, subject=("person", actor_ref), after={"erased": erased})
    return erased
