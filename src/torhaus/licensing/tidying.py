"""What the clockwork does for places: collects leases that ran out, recounts, forgets days nobody asks for."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.licensing.leases import collect_ended_leases
from torhaus.licensing.models import Installation, InstallationDay, Lease, Licence
from torhaus.records.deeds import housekeeping

# Pages show 30 days; the rest is for whoever asks why a quarter was what it was.
KEPT_DAYS = timedelta(days=92)
PORTION = 5_000


@dataclass(frozen=True)
class Miscounted:
    """A licence whose row counts other places than there are: what it says, and what is there."""

    licence_id: int
    ref: str
    installations: tuple[int, int]
    leases: tuple[int, int]


@housekeeping
def collect_all_ended_leases() -> int:
    """Free the places of every lease that ran out; give how many."""
    now = clock.now()
    with scopes_disabled():
        ended = Lease.objects.filter(expires_at__lte=now)
        licences = list(ended.order_by("licence_id").values_list("licence_id", flat=True).distinct())
    # One licence in one short transaction each, so that products wait for none of it.
    return sum(collect_ended_leases(licence_id=one, now=now) for one in licences)


@housekeeping
def forget_old_days() -> int:
    """Delete how often installations asked on days long ago; give how many rows."""
    cutoff, forgotten = (clock.now() - KEPT_DAYS).date(), 0
    with scopes_disabled():
        while True:
            # A day's rows are written on that day, so the oldest have the lowest keys: no need to look further.
            oldest = InstallationDay.objects.order_by("pk").values_list("pk", "on")[:PORTION]
            old = [pk for pk, on in oldest if on < cutoff]
            if old:
                forgotten += InstallationDay.objects.filter(pk__in=old).delete()[0]
            if len(old) < PORTION:
                return forgotten


def miscounted_across_customers() -> list[Miscounted]:
    """Give the licences whose counts of places are not those of the rows. None is what there should be."""
    with scopes_disabled():
        wrong = _counted(Licence.objects.all()).exclude(installations=F("real_installations"), leases=F("real_leases"))
        return [
            Miscounted(licence_id=pk, ref=ref, installations=(installations, running), leases=(leases, held))
            for pk, ref, installations, running, leases, held in wrong.order_by("pk").values_list(
                "pk", "ref", "installations", "real_installations", "leases", "real_leases"
            )
        ]


@housekeeping
def recount_places() -> int:
    """Set counts of places right that somebody put wrong by hand, or by bringing back half a backup; give how many."""
    return sum(_recounted(one.licence_id) for one in miscounted_across_customers())


def _recounted(licence_id: int) -> bool:
    with scopes_disabled(), transaction.atomic():
        # Counted once the row is locked: whoever takes or frees a place meanwhile waits, and adds to what is set here.
        rows = Licence.objects.filter(pk=licence_id)
        rows.select_for_update(of=("self",), no_key=True).get()
        row = _counted(rows).values("installations", "real_installations", "leases", "real_leases").get()
        if row["installations"] == row["real_installations"] and row["leases"] == row["real_leases"]:
            return False
        rows.update(
            installations=row["real_installations"],
            leases=row["real_leases"],
            # They bound what is taken, and are set anew whenever something is; what is there is there.
            installations_ceiling=None,
            leases_ceiling=None,
        )
    return True


def _counted(rows: QuerySet[Licence]) -> QuerySet[Any]:
    """Add ``real_installations`` and ``real_leases``: how many rows take a place of each licence."""
    running = Installation.objects.filter(licence=OuterRef("pk"), removed_at__isnull=True, counts=True)
    held = Lease.objects.filter(licence=OuterRef("pk"))
    return rows.annotate(
        real_installations=_number(running),
        real_leases=_number(held),
    )


def _number(rows: "QuerySet[Installation] | QuerySet[Lease]") -> Coalesce:
    counted = rows.order_by().values("licence").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
