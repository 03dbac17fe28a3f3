"""Reads of versions and their files, and what a contract may fetch of them. Versions belong to no customer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import F, FilteredRelation, Q, QuerySet

from torhaus.catalogue.models import AddOn, Item, ItemKind
from torhaus.core import clock
from torhaus.core.versions import version_key
from torhaus.releases.models import AddOnRelease, Channel, Download, FileKind, Release, ReleaseFile
from torhaus.releases.rules import (
    HIDDEN,
    Booked,
    BookingState,
    Entitlement,
    Held,
    Offered,
    entitlement,
)
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import agreement_of, bookings_of, rows_on
from torhaus.subscriptions.rules import Status, standing

RECENT = 100
_OF_FILE = ("ref", "name", "size", "key", "kind")
_FILE_ORDER = {kind: place for place, kind in enumerate(FileKind)}
_STATES = {
    Status.ACTIVE: BookingState.ACTIVE,
    Status.UPCOMING: BookingState.UPCOMING,
    Status.EXPIRED: BookingState.ENDED,
}
_BETTER = list(BookingState)
# What lists leave in the database: texts that only the page of one version shows.
_HEAVY = ("notes", "packages")
V = TypeVar("V", Release, AddOnRelease)


@dataclass(frozen=True)
class Claims:
    """What a contract may fetch on a day: the one way from stored rows to :func:`rules.entitlement`."""

    held: Held
    booked: Mapping[int, Booked]
    today: date

    def to_release(self, release: Release) -> Entitlement:
        """Give the contract's entitlement to a version of a product."""
        return entitlement(self.held, self._offered(release, release.product_id))

    def to_add_on(self, release: AddOnRelease, item: Item, details: AddOn | None) -> Entitlement:
        """Give its entitlement to a version of an add-on; ``details`` are the add-on's own, if it has any."""
        free = details is not None and details.free
        offered = self._offered(release, item.product_id, add_on=True, free=free)
        return entitlement(self.held, offered, self.booked.get(item.pk))

    def to_file(self, file: ReleaseFile) -> Entitlement:
        """Give its entitlement to a file as :func:`file_by_ref` found it."""
        if file.release is not None:
            return self.to_release(file.release)
        assert file.add_on_release is not None  # noqa: S101 - the table has a constraint; for the type checker
        item = file.add_on_release.add_on
        return self.to_add_on(file.add_on_release, item, getattr(item, "add_on", None))

    def _offered(
        self, release: Release | AddOnRelease, product_id: int | None, *, add_on: bool = False, free: bool = False
    ) -> Offered:
        return Offered(
            product_id=product_id,
            published_on=release.published_on,
            published=self._is_out(release),
            withdrawn=release.withdrawn_at is not None,
            security=release.security,
            add_on=add_on,
            free=free,
        )

    def _is_out(self, release: Release | AddOnRelease) -> bool:
        """Whether the time of publication has come; of an imported version only the day is known."""
        if release.published_at is None:
            return release.published_on <= self.today
        return release.published_at <= clock.now()


def claims_of(contract: Contract, today: date, *, add_ons: bool = True) -> Claims:
    """Give what a contract may fetch, inside the scope; one query, or none if no add-ons will be asked for."""
    stands = standing(agreement_of(contract), today)
    ended_on = stands.term.ends_on if stands.status is Status.EXPIRED else None
    held = Held(
        product_id=contract.product_id,
        kind=contract.kind,
        status=stands.status,
        starts_on=contract.starts_on,
        ended_on=ended_on,
        maintenance_until=contract.maintenance_until,
    )
    return Claims(held, _booked_add_ons(contract.pk, today) if add_ons else {}, today)


def _booked_add_ons(contract_id: int, today: date) -> dict[int, Booked]:
    """Give how each add-on stands by its item; of several lines with one add-on the best counts."""
    found: dict[int, Booked] = {}
    for row in rows_on(bookings_of(contract_id), today):
        if row.booking.kind != ItemKind.ADD_ON or row.booking.item_id is None:
            continue
        booked = Booked(_STATES[row.state], row.starts_on if row.state is Status.UPCOMING else row.ends_on)
        before = found.get(row.booking.item_id)
        if before is None or _BETTER.index(before.state) < _BETTER.index(booked.state):
            found[row.booking.item_id] = booked
    return found


def _visible(today: date) -> Q:
    """Select what customers know of: published, and not withdrawn."""
    out = Q(published_at__lte=clock.now()) | Q(published_at__isnull=True, published_on__lte=today)
    return out & Q(withdrawn_at__isnull=True)


def latest_with_packages(product_id: int, today: date) -> tuple[Release, list[ReleaseFile]] | None:
    """Give the highest stable version among the last published, and its stored packages to install and to update.

    A late fix of an old version is not the latest. One query, since the page that asks has many others to make;
    the files know no more than a link needs.
    """
    packages = FilteredRelation("files", condition=Q(files__kind__in=(FileKind.INSTALLATION, FileKind.UPDATE)))
    stable = Release.objects.filter(_visible(today), product_id=product_id, channel=Channel.STABLE).defer("notes")
    named = {f"file_{name}": F(f"package__{name}") for name in _OF_FILE}
    rows = stable.annotate(package=packages).annotate(**named).order_by("-published_on", "pk")[:RECENT]
    latest = max(rows, key=lambda release: version_key(release.version), default=None)
    if latest is None:
        return None
    of_latest = [row for row in rows if row.pk == latest.pk and getattr(row, "file_ref", None)]
    files = [ReleaseFile(**{name: getattr(row, f"file_{name}") for name in _OF_FILE}) for row in of_latest]
    return latest, files


def releases_of(product_id: int, today: date) -> list[Release]:
    """Give all versions of a product that customers know of, the highest first, without their long texts."""
    found = Release.objects.filter(_visible(today), product_id=product_id)
    return _highest_first(found.defer(*_HEAVY))


def release_by_ref(product_id: int, ref: str, today: date) -> Release | None:
    """Find a version of a product that customers know of."""
    return Release.objects.filter(_visible(today), product_id=product_id, ref=ref).first()


def with_texts(releases: Collection[Release]) -> list[Release]:
    """Load these versions again with notes and packages, in the same order."""
    found = Release.objects.in_bulk([release.pk for release in releases])
    return [found[release.pk] for release in releases if release.pk in found]


def _highest_first(found: "QuerySet[V]") -> list[V]:
    return sorted(found, key=lambda release: (version_key(release.version), release.published_on), reverse=True)


def latest_of(releases: Iterable[V]) -> V | None:
    """Give the first stable one of versions, the highest first."""
    return next((release for release in releases if release.channel == Channel.STABLE), None)


def files_of(releases: Collection[Release]) -> dict[int, list[ReleaseFile]]:
    """Give the stored files of versions by their keys, in the order of kinds."""
    return _by_release(ReleaseFile.objects.filter(release__in=releases), "release_id")


def files_of_add_ons(releases: Collection[AddOnRelease]) -> dict[int, list[ReleaseFile]]:
    """Give the stored files of add-ons' versions by their keys."""
    return _by_release(ReleaseFile.objects.filter(add_on_release__in=releases), "add_on_release_id")


def _by_release(found: "QuerySet[ReleaseFile]", column: str) -> dict[int, list[ReleaseFile]]:
    by_release: dict[int, list[ReleaseFile]] = {}
    for file in found:
        by_release.setdefault(getattr(file, column), []).append(file)
    for files in by_release.values():
        files.sort(key=lambda file: (_FILE_ORDER.get(FileKind(file.kind), len(_FILE_ORDER)), file.name))
    return by_release


@dataclass(frozen=True)
class Offer:
    """An add-on with the versions of it that customers know of, the highest first; never none."""

    item: Item
    details: AddOn | None
    versions: list[AddOnRelease]

    @property
    def newest(self) -> AddOnRelease:
        """The highest stable version, or where there is none the highest."""
        return latest_of(self.versions) or self.versions[0]


def add_ons_of(product_id: int, today: date, *, key: str = "") -> list[Offer]:
    """Give the add-ons of a product that have a version, or the one called ``key``; two queries."""
    items = Item.objects.filter(Q(product_id=product_id) | Q(product__isnull=True), kind=ItemKind.ADD_ON)
    if key:
        items = items.filter(key=key)
    releases = AddOnRelease.objects.filter(_visible(today), add_on__in=items)
    if not key:
        releases = releases.defer("notes")
    versions: dict[int, list[AddOnRelease]] = {}
    for release in _highest_first(releases):
        versions.setdefault(release.add_on_id, []).append(release)
    return [
        Offer(item, getattr(item, "add_on", None), versions[item.pk])
        for item in items.select_related("add_on")
        if item.pk in versions
    ]


def file_by_ref(ref: str) -> ReleaseFile | None:
    """Find a stored file with the version it belongs to, whoever may fetch it."""
    whose = ("release__product", "add_on_release__add_on__add_on")
    return ReleaseFile.objects.select_related(*whose).filter(ref=ref).first()


def files_beside(ref: str) -> list[ReleaseFile]:
    """Give all files of the version, of product or add-on, with this reference."""
    whose = ("release__product", "add_on_release__add_on__add_on")
    found = ReleaseFile.objects.filter(Q(release__ref=ref) | Q(add_on_release__ref=ref))
    return sorted(found.select_related(*whose), key=lambda file: file.name)


def is_known(answer: Entitlement) -> bool:
    """Whether the customer may know that there is such a thing."""
    return answer.reason not in HIDDEN


def was_downloaded(link: str) -> bool:
    """Whether a download by this link is recorded, inside the scope."""
    return Download.objects.filter(link=link).exists()
