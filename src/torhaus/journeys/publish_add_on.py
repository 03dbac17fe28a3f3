"""Publish a version of an add-on: its ZIP says what it is, and is refused if it is not what it seems."""

from collections.abc import Sequence
from dataclasses import replace

from torhaus.catalogue.models import Item, ItemKind
from torhaus.journeys.publish_release import after_of, before_of
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.releases.add_on_package import AddOnPackage, read_package
from torhaus.releases.incoming import Incoming, NewFile, Progress, look_at, store
from torhaus.releases.models import AddOnRelease, FileKind
from torhaus.releases.publishing import (
    Published,
    Said,
    check_version,
    put_add_on_release,
    stored_add_on_release,
)
from torhaus.releases.queries import files_of_add_ons
from torhaus.releases.refusals import PublishRefused, Refusal
from torhaus.vendor.queries import the_vendor


def store_and_publish_add_on(
    *,
    archive: Incoming,
    sbom: Incoming | None = None,
    key: str = "",
    said: Said | None = None,
    by: Actor,
    progress: Progress | None = None,
) -> Published:
    """Check the ZIP of an add-on, store it, and publish it as the version it says it is.

    ``key`` is that of the catalogue's add-on where the package calls itself otherwise.

    Raises:
        PublishRefused: nothing was stored or published; the reason says why.
    """
    look_at([archive], [])
    package = read_package(archive.path)
    add_on = _add_on(key or package.identifier)
    _require_same_identifier(add_on, package)
    files = [archive, *([sbom] if sbom else [])]
    release = stored_add_on_release(add_on, check_version(package.version))
    look_at(files, files_of_add_ons([release]).get(release.pk, []) if release else [])
    _require_one_package(release, archive)
    said = said or Said()
    wanted = replace(
        said,
        minimum_version=package.requires.minimum if said.minimum_version is None else said.minimum_version,
        maximum_version=_maximum(package) if said.maximum_version is None else said.maximum_version,
    )
    return publish_add_on(add_on=add_on, package=package, said=wanted, files=store(files, progress=progress), by=by)


@deed("publish_add_on")
def publish_add_on(
    *, add_on: Item, package: AddOnPackage, said: Said, files: Sequence[NewFile], by: Actor
) -> Published:
    """Publish stored files as a version of an add-on, or add them to it.

    Raises:
        PublishRefused: nothing was published; the reason says why.
    """
    done = put_add_on_release(
        add_on=add_on,
        version=package.version,
        manifest=package.manifest,
        said=said,
        files=files,
        time_zone=the_vendor().time_zone,
    )
    if done.nothing:
        nothing_done()
        return done
    write_record(
        by=by,
        subject=("add_on_release", done.release.ref),
        before=before_of(done),
        after={"add_on": add_on.key, "version": package.version, **after_of(done)},
    )
    return done


def _add_on(key: str) -> Item:
    found = Item.objects.filter(kind=ItemKind.ADD_ON)
    item = found.filter(key=key).first() or found.filter(key=key.lower().replace("_", "-")).first()
    if item is None:
        raise PublishRefused(Refusal.UNKNOWN_ADD_ON, key)
    return item


def _require_same_identifier(add_on: Item, package: AddOnPackage) -> None:
    """Refuse a package of another add-on: whoever updates would get something else."""
    before = AddOnRelease.objects.filter(add_on=add_on).order_by("-pk").first()
    known = before.manifest.get("identifier") if before else None
    if known and known != package.identifier:
        raise PublishRefused(Refusal.OTHER_ADD_ON, str(known))


def _require_one_package(release: AddOnRelease | None, archive: Incoming) -> None:
    """Refuse a second package of one version, under another name."""
    known = files_of_add_ons([release]).get(release.pk, []) if release else []
    for file in known:
        if file.kind == FileKind.ADD_ON and file.name != archive.name:
            raise PublishRefused(Refusal.OTHER_CONTENT, file.name)


def _maximum(package: AddOnPackage) -> str:
    # The table's maximum is itself allowed; one that is not stays in the manifest, which pages show too.
    return "" if package.requires.below_maximum else package.requires.maximum
