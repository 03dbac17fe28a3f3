"""Installations as pages show them, and the search for the one a product says it is. Inside the tenant scope."""

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import DateTimeField, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from torhaus.core import clock
from torhaus.licensing.fingerprints import digest_of
from torhaus.licensing.models import Installation, InstallationDay, Lease
from torhaus.licensing.validation import matches

SHOWN_DAYS = 30
MOST_MACHINES = 500  # to choose from; beyond, one by its code


def installations_of_contract(contract_id: int, *, removed: bool | None = None) -> QuerySet[Installation]:
    """Give a contract's installations with licence and product, those that run first, the newest first.

    Each has ``lease_until`` besides (None without a lease that runs) and ``calls``, how often it asked within the
    last 30 days of the vendor's. ``removed`` True gives only removed ones, False only those that run.
    """
    now = clock.now()
    leases = Lease.objects.filter(installation=OuterRef("pk"), expires_at__gt=now)
    ends = leases.order_by().values("installation").annotate(last=Max("expires_at")).values("last")
    since = timezone.localdate(now) - timedelta(days=SHOWN_DAYS - 1)
    days = InstallationDay.objects.filter(installation=OuterRef("pk"), on__gte=since)
    calls = days.order_by().values("installation").annotate(sum=Sum("calls")).values("sum")
    rows = Installation.objects.filter(licence__contract_id=contract_id)
    if removed is not None:
        rows = rows.filter(removed_at__isnull=not removed)
    return (
        rows.select_related("licence__product")
        .annotate(
            lease_until=Subquery(ends, output_field=DateTimeField()),
            calls=Coalesce(Subquery(calls, output_field=IntegerField()), 0),
            gone=Q(removed_at__isnull=False),
        )
        .order_by("gone", "-activated_at", "-pk")
    )


def machines_of(contract_id: int) -> list[Installation]:
    """Give the running installations of a contract to which an offline licence can be bound, by name."""
    rows = Installation.objects.filter(licence__contract_id=contract_id, removed_at__isnull=True).exclude(machine="")
    return list(rows.only("ref", "name").order_by("name", "pk")[:MOST_MACHINES])


def installation_of_contract(contract_id: int, ref: str) -> Installation | None:
    """Find one installation of a contract, running or removed, with licence and product."""
    rows = Installation.objects.select_related("licence__product")
    return rows.filter(licence__contract_id=contract_id, ref=ref).first()


def placed_before(installation: Installation) -> int:
    """Give how many installations that take a place of the same licence came before one. Inside the scope."""
    running = Installation.objects.filter(licence_id=installation.licence_id, removed_at__isnull=True, counts=True)
    return running.filter(pk__lt=installation.pk).count()


def installation_like(licence_id: int, *, parts: Mapping[str, str], matching: str) -> Installation | None:
    """Find the running installation whose fingerprint these hashed parts are, as far as the policy wants them to fit.

    Of several that fit, the one with the most fitting parts, then the one seen last.
    """
    running = Installation.objects.filter(licence_id=licence_id, removed_at__isnull=True)
    same = running.filter(digest=digest_of(parts)).first()
    if same is not None or matching == "all":
        return same  # all parts together have one digest
    best: tuple[int, float, int] | None = None
    for pk, stored, seen in running.values_list("pk", "parts", "last_seen_at").iterator():
        if matches(stored, parts, matching):
            fitting = sum(1 for name, value in stored.items() if parts.get(name) == value)
            best = max(best or (0, 0.0, 0), (fitting, seen.timestamp(), pk))
    return running.get(pk=best[2]) if best else None
