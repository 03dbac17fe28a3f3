"""Parts of publishing: the rows of a version and of its files, each with its signature."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from torhaus.catalogue.models import Item, Product
from torhaus.core import clock
from torhaus.core.versions import version_key
from torhaus.records.deeds import part
from torhaus.releases import minisign
from torhaus.releases.incoming import NewFile
from torhaus.releases.models import AddOnRelease, Channel, Release, ReleaseFile
from torhaus.releases.refusals import PublishRefused, Refusal
from torhaus.vendor.actions import add_signing_key
from torhaus.vendor.keys import NoSigningKey, Signer, active_signer
from torhaus.vendor.models import KeyPurpose

R = TypeVar("R", Release, AddOnRelease)
VERSION = re.compile(r"v?[0-9][0-9A-Za-z.+!_~-]{0,39}")


@dataclass(frozen=True)
class Said:
    """What the vendor says of a version. None, or no note in a language, leaves it as it is, or at its default."""

    channel: Channel | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    security: bool | None = None
    minimum_version: str | None = None
    maximum_version: str | None = None
    publish_at: datetime | None = None


@dataclass(frozen=True)
class Published:
    """What publishing did: the version, whether it is new, the files that are, and what else changed (old, new)."""

    release: Release | AddOnRelease
    new: bool
    added: list[ReleaseFile]
    changes: dict[str, tuple[Any, Any]]
    new_key: str = ""

    @property
    def nothing(self) -> bool:
        """Whether everything was there already."""
        return not (self.new or self.added or self.changes)


def check_version(version: str) -> str:
    """Give a version back. Raises PublishRefused for what cannot be one."""
    if not VERSION.fullmatch(version):
        raise PublishRefused(Refusal.VERSION, version)
    return version


def check_range(said: Said) -> None:
    """Refuse versions to update from that are none, or that exclude each other."""
    low, high = said.minimum_version or "", said.maximum_version or ""
    for version in filter(None, (low, high)):
        check_version(version)
    if low and high and version_key(low) > version_key(high):
        raise PublishRefused(Refusal.RANGE, f"{low} – {high}")


def stored_release(product: Product, version: str) -> Release | None:
    """Find a version of a product. Raises PublishRefused where it is there under another spelling, or withdrawn."""
    return _the_same(Release.objects.filter(product=product), version)


def stored_add_on_release(add_on: Item, version: str) -> AddOnRelease | None:
    """Find a version of an add-on. Raises PublishRefused as for a product."""
    return _the_same(AddOnRelease.objects.filter(add_on=add_on), version)


def _the_same(rows: Iterable[R], version: str) -> R | None:
    key = version_key(version)
    for row in rows:
        if row.version == version:
            if row.withdrawn_at:
                raise PublishRefused(Refusal.WITHDRAWN, version)
            return row
        if version_key(row.version) == key and "+" not in row.version + version:
            raise PublishRefused(Refusal.SAME_VERSION, row.version)
    return None


@part
def put_release(*, product: Product, version: str, said: Said, files: Sequence[NewFile], time_zone: str) -> Published:
    """Write a version of a product and its files, or add what lacks. Raises PublishRefused."""
    # One publishing of a product at a time: a version may come in twice at once.
    Product.objects.select_for_update().get(pk=product.pk)
    release = stored_release(product, version)
    new = release is None
    at, on = _moment(said, time_zone)
    if release is None:
        release = Release(product=product, version=version, published_at=at, published_on=on)
    changes = _say(release, said, at, on, new=new)
    release.save()
    added, new_key = _list(release, f"{product.key} {version}", files)
    return Published(release, new, added, {} if new else changes, new_key)


@part
def put_add_on_release(
    *, add_on: Item, version: str, manifest: Mapping[str, Any], said: Said, files: Sequence[NewFile], time_zone: str
) -> Published:
    """Write a version of an add-on and its files, or add what lacks. Raises PublishRefused."""
    Item.objects.select_for_update().get(pk=add_on.pk)
    release = stored_add_on_release(add_on, version)
    new = release is None
    at, on = _moment(said, time_zone)
    if release is None:
        release = AddOnRelease(
            add_on=add_on, version=version, published_at=at, published_on=on, manifest=dict(manifest)
        )
    changes = _say(release, said, at, on, new=new)
    release.save()
    added, new_key = _list(release, f"{add_on.key} {version}", files)
    return Published(release, new, added, {} if new else changes, new_key)


def _moment(said: Said, time_zone: str) -> tuple[datetime, date]:
    at = said.publish_at or clock.now()
    return at, at.astimezone(ZoneInfo(time_zone)).date()


def _say(
    release: Release | AddOnRelease, said: Said, at: datetime, on: date, *, new: bool
) -> dict[str, tuple[Any, Any]]:
    """Set what was said; give what that changed."""
    wanted: dict[str, Any] = {
        "channel": said.channel and said.channel.value,
        "notes": {**release.notes, **said.notes} if said.notes else None,
        "security": said.security,
        "minimum_version": said.minimum_version,
        "maximum_version": said.maximum_version,
    }
    if said.publish_at and not new and said.publish_at != release.published_at:
        # What is out has been seen, and maintenance periods are held against its day.
        if release.published_at is None or release.published_at <= clock.now():
            raise PublishRefused(Refusal.PUBLISHED_ALREADY, release.version)
        wanted |= {"published_at": at, "published_on": on}
    changes = {
        name: (getattr(release, name), value)
        for name, value in wanted.items()
        if value is not None and value != getattr(release, name)
    }
    for name, (_old, value) in changes.items():
        setattr(release, name, value)
    return changes


def _list(release: Release | AddOnRelease, title: str, files: Sequence[NewFile]) -> tuple[list[ReleaseFile], str]:
    """List the files that the version lacks, signed; give them, and the kid of a key that had to be made."""
    owner: dict[str, Any] = {"release": release} if isinstance(release, Release) else {"add_on_release": release}
    there = dict(ReleaseFile.objects.filter(**owner).values_list("name", "key"))
    for file in files:
        if there.get(file.name, file.stored.key) != file.stored.key:
            raise PublishRefused(Refusal.OTHER_CONTENT, file.name)
    lacking = [file for file in files if file.name not in there]
    if not lacking:
        return [], ""
    signer, new_key = _signer()
    at = clock.now()
    rows = [
        ReleaseFile(
            **owner,
            kind=file.kind,
            name=file.name,
            size=file.stored.size,
            key=file.stored.key,
            signature=_signature(signer, file, title, at),
            stored_at=at,
        )
        for file in lacking
    ]
    ReleaseFile.objects.bulk_create(rows)
    return rows, new_key


def _signature(signer: Signer, file: NewFile, title: str, at: datetime) -> str:
    comment = f"timestamp:{int(at.timestamp())}\tfile:{file.name}\tversion:{title}\thashed"
    return minisign.sign(signer, file.stored.blake2b, trusted_comment=comment)


def _signer() -> tuple[Signer, str]:
    """Give the key that signs releases; an older installation gets one with its first publishing."""
    try:
        return active_signer(KeyPurpose.RELEASE), ""
    except NoSigningKey:
        add_signing_key(purpose=KeyPurpose.RELEASE)
        signer = active_signer(KeyPurpose.RELEASE)
        return signer, signer.kid
