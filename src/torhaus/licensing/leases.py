"""Leases: the places of a floating licence, each held until it runs out. No record, no lock of the contract.

Taking one counts it in the licence's row by a conditional update, which keeps that row locked to the commit, and then
inserts it (order of locks: ``places.py``). A lease that ran out counts on until somebody needs its place or the
clockwork collects it; until then its holder simply extends it, which locks nothing but the lease. Extending never
shortens: what was said to hold until an instant holds until then. So a clock that went back gives no place twice,
because what is over is decided by the instants in the rows.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django_scopes import scopes_disabled

from torhaus.licensing.grants import Policy
from torhaus.licensing.models import Installation, Lease, Licence
from torhaus.records.deeds import housekeeping

LONGEST_PROCESS = 64


def holder_of(installation_ref: str, process: str = "") -> str:
    """Give the name of who holds a lease: an installation, or one of its processes."""
    return f"{installation_ref}:{process}" if process else installation_ref


@housekeeping
def take_lease(*, licence_id: int, installation_id: int, holder: str, policy: Policy, now: datetime) -> datetime | None:
    """Take a place for ``holder``, or extend the one it has; give until when, None if no place is free.

    None as well if the installation was removed meanwhile. It asks for a place whatever the policy's model is:
    test installations that do not count, and licences that do not float, need none.
    """
    until = now.replace(microsecond=0) + timedelta(seconds=policy.lease_seconds)
    with scopes_disabled(), transaction.atomic():
        ceiling = policy.ceiling(policy.max_leases)
        if (held := _extended(licence_id, holder, until, ceiling)) is not None:
            return held
        if ceiling is not None and _among_the_first(licence_id, holder, ceiling, now):
            return _extended(licence_id, holder, until)
        # Whoever is not asks like anybody new: its own may have run out with others, whose places are free now.
        if not _counted(licence_id, policy):
            collect_ended_leases(licence_id=licence_id, now=now)
            # Asked again even if none was there to collect: another call may have collected several just now.
            if not _counted(licence_id, policy):
                return None
        # From here on the licence's row is locked.
        if (held := _extended(licence_id, holder, until)) is not None:
            _uncount(licence_id, 1)  # another call of the same holder was faster
            return held
        running = Installation.objects.filter(pk=installation_id, licence_id=licence_id, removed_at__isnull=True)
        if not running.exists():
            _uncount(licence_id, 1)
            return None
        Lease.objects.create(
            licence_id=licence_id, installation_id=installation_id, holder=holder, taken_at=now, expires_at=until
        )
        return until


@housekeeping
def give_lease_back(*, licence_id: int, holder: str) -> bool:
    """Free the place of ``holder``; False if it had none."""
    return _dropped(licence_id, holder=holder) > 0


@housekeeping
def drop_leases_of_installation(*, licence_id: int, installation_id: int) -> int:
    """Free all places of an installation and its processes; give how many."""
    return _dropped(licence_id, installation_id=installation_id)


@housekeeping
def collect_ended_leases(*, licence_id: int, now: datetime) -> int:
    """Free the places whose leases ran out; give how many."""
    return _dropped(licence_id, expires_at__lte=now)


def _among_the_first(licence_id: int, holder: str, ceiling: int, now: datetime) -> bool:
    """Whether the lease of ``holder`` stays, of more leases than are agreed by now; else it ends here.

    Fewer places may be agreed than were taken. Whoever took one first keeps it, so that the others fall out as their
    time comes, and not all are refused for ever because each goes on. If it had one, the licence's row is locked now.
    """
    if not Lease.objects.filter(licence_id=licence_id, holder=holder).exists():
        return False
    Licence.objects.select_for_update(of=("self",), no_key=True).get(pk=licence_id)
    _dropped(licence_id, expires_at__lte=now)
    held = Lease.objects.filter(licence_id=licence_id)
    if holder in held.order_by("taken_at", "pk").values_list("holder", flat=True)[:ceiling]:
        return True
    _dropped(licence_id, holder=holder)
    return False


def _extended(licence_id: int, holder: str, until: datetime, ceiling: int | None = None) -> datetime | None:
    """Extend the lease of ``holder``; None if it has none, or more are held than ``ceiling``."""
    rows = Lease.objects.filter(licence_id=licence_id, holder=holder)
    if ceiling is not None:
        rows = rows.filter(licence__leases__lte=ceiling)
    if not rows.update(expires_at=Greatest("expires_at", until)):
        return None
    return rows.values_list("expires_at", flat=True).get()


def _counted(licence_id: int, policy: Policy) -> bool:
    ceiling = policy.ceiling(policy.max_leases)
    rows = Licence.objects.filter(pk=licence_id)
    if ceiling is not None:
        rows = rows.filter(leases__lt=ceiling)
    return rows.update(leases=F("leases") + 1, leases_ceiling=ceiling) == 1


def _uncount(licence_id: int, places: int) -> None:
    # Whatever went wrong with the number before: freeing a place never fails, nor makes room for more than agreed.
    Licence.objects.filter(pk=licence_id).update(leases=Greatest(F("leases") - places, Value(0)))


def _dropped(licence_id: int, **which: object) -> int:
    """Delete leases and uncount them. The licence is locked first, as it is when one is inserted."""
    with scopes_disabled():
        rows = Lease.objects.filter(licence_id=licence_id, **which)
        if not rows.exists():
            return 0
        with transaction.atomic():
            Licence.objects.select_for_update(of=("self",), no_key=True).get(pk=licence_id)
            deleted = rows.delete()[0]
            if deleted:
                _uncount(licence_id, deleted)
    return deleted
