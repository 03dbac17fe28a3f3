"""Installations as the customer's pages list them: found by words and state, counted, with the days of each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Count, F, Q, QuerySet

from torhaus.licensing.installations import SHOWN_DAYS, installations_of_contract
from torhaus.licensing.models import Installation, InstallationDay, Lease


class Shown(StrEnum):
    """How an installation stands: it asks as it should, was not seen for days, or was removed."""

    RUNNING = "running"
    QUIET = "quiet"
    REMOVED = "removed"


@dataclass(frozen=True)
class InstallationFilter:
    """Which installations are wanted; empty means any, and without a state those that were not removed."""

    text: str = ""
    state: str = ""
    environment: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.state or self.environment)


@dataclass(frozen=True)
class Places:
    """How many installations of a licence are there: running (tests included), tests that do not count, removed."""

    running: int = 0
    tests: int = 0
    removed: int = 0


def quiet_after(check_hours: int) -> timedelta:
    """Give after which time without a word an installation is no longer taken to run: twice the time between checks."""
    return max(timedelta(days=2), 2 * timedelta(hours=check_hours))


def shown_state(installation: Installation, quiet_since: datetime) -> Shown:
    """Give how an installation stands, if those not seen since ``quiet_since`` are quiet."""
    if installation.removed_at is not None:
        return Shown.REMOVED
    return Shown.QUIET if installation.last_seen_at < quiet_since else Shown.RUNNING


# By which columns the list can be put in order, and what that compares; the state is how long ago one was seen.
ORDERS = {
    "name": ("name", "ref"),
    "version": ("version",),
    "environment": ("environment", "counts"),
    "seen": ("last_seen_at",),
    "calls": ("calls",),
    "lease": ("lease_until",),
}
USUAL_ORDER = "-activated"


def wanted_order(given: str) -> str:
    """Give the order that was asked for, or the usual one (the newest first) where there is no such."""
    return given if given.removeprefix("-") in ORDERS else USUAL_ORDER


def in_order(rows: QuerySet[Installation], order: str) -> QuerySet[Installation]:
    """Put installations in an order of ``wanted_order``; what is not there (no lease, no name) comes last."""
    if order == USUAL_ORDER:
        return rows
    down = order.startswith("-")
    names = ORDERS[order.removeprefix("-")]
    columns = [F(name).desc(nulls_last=True) if down else F(name).asc(nulls_last=True) for name in names]
    return rows.order_by(*columns, "-pk")


def filtered_installations(
    contract_id: int, wanted: InstallationFilter, quiet_since: datetime
) -> QuerySet[Installation]:
    """Give the installations that ``wanted`` describes, the newest first, as ``installations_of_contract`` gives them."""
    rows = installations_of_contract(contract_id, removed=wanted.state == Shown.REMOVED)
    if wanted.state == Shown.RUNNING:
        rows = rows.filter(last_seen_at__gte=quiet_since)
    elif wanted.state == Shown.QUIET:
        rows = rows.filter(last_seen_at__lt=quiet_since)
    if wanted.environment:
        rows = rows.filter(environment=wanted.environment)
    if wanted.text:
        words = Q(name__icontains=wanted.text) | Q(version__istartswith=wanted.text) | Q(ref=wanted.text)
        rows = rows.filter(words)
    return rows


def places_of(contract_id: int) -> dict[int, Places]:
    """Give how many installations each licence (primary key) of a contract has."""
    runs = Q(removed_at__isnull=True)
    rows = Installation.objects.filter(licence__contract_id=contract_id).order_by().values("licence_id")
    found = rows.annotate(
        running=Count("pk", filter=runs),
        tests=Count("pk", filter=runs & Q(counts=False)),
        removed=Count("pk", filter=~runs),
    )
    return {row["licence_id"]: Places(row["running"], row["tests"], row["removed"]) for row in found}


def leases_running(licence_ids: Collection[int], now: datetime) -> dict[int, int]:
    """Give how many leases of each licence run now."""
    rows = Lease.objects.filter(licence__in=licence_ids, expires_at__gt=now).order_by().values("licence_id")
    return dict(rows.annotate(count=Count("pk")).values_list("licence_id", "count"))


def names_of_installations(contract_id: int, refs: Collection[str]) -> Mapping[str, str]:
    """Give the names of some of a contract's installations by reference; empty where nobody named one."""
    rows = Installation.objects.filter(licence__contract_id=contract_id, ref__in=refs)
    return dict(rows.values_list("ref", "name"))


def days_of_installation(installation_id: int, today: date) -> list[InstallationDay]:
    """Give the vendor's days of the last 30 to ``today`` on which an installation asked, oldest first."""
    since = today - timedelta(days=SHOWN_DAYS - 1)
    rows = InstallationDay.objects.filter(installation_id=installation_id, on__gte=since, on__lte=today)
    return list(rows.order_by("on"))


def leases_of_installation(installation_id: int, now: datetime) -> list[Lease]:
    """Give the leases an installation holds now, the one that ends first before the others."""
    return list(Lease.objects.filter(installation_id=installation_id, expires_at__gt=now).order_by("expires_at", "pk"))
