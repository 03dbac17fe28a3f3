"""Publish a version of a product: its files are looked at, stored and signed, and customers are told."""

from collections.abc import Sequence

from torhaus.catalogue.models import Product
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.releases.incoming import Incoming, NewFile, Progress, look_at, store
from torhaus.releases.models import FileKind
from torhaus.releases.publishing import Published, Said, check_range, check_version, put_release, stored_release
from torhaus.releases.queries import files_of
from torhaus.releases.refusals import PublishRefused, Refusal
from torhaus.vendor.queries import the_vendor


def store_and_publish(
    *,
    product: Product,
    version: str,
    files: Sequence[Incoming],
    said: Said | None = None,
    by: Actor,
    progress: Progress | None = None,
) -> Published:
    """Check the files, store them, and publish them as a version, or add them to it.

    Files that are there already with the same content are left alone, so it may be done again.

    Raises:
        PublishRefused: nothing was published; the reason says why.
    """
    said = said or Said()
    check_version(version)
    check_range(said)
    if any(file.kind == FileKind.ADD_ON for file in files):
        raise PublishRefused(Refusal.KIND, FileKind.ADD_ON)
    release = stored_release(product, version)
    if not files and release is None:
        raise PublishRefused(Refusal.NO_FILES)
    look_at(files, files_of([release]).get(release.pk, []) if release else [])
    stored = store(files, progress=progress)
    return publish_release(product=product, version=version, said=said, files=stored, by=by)


@deed("publish_release")
def publish_release(*, product: Product, version: str, said: Said, files: Sequence[NewFile], by: Actor) -> Published:
    """Publish stored files as a version of a product, or add them to it.

    Raises:
        PublishRefused: nothing was published; the reason says why.
    """
    done = put_release(product=product, version=version, said=said, files=files, time_zone=the_vendor().time_zone)
    if done.nothing:
        nothing_done()
        return done
    write_record(
        by=by,
        subject=("release", done.release.ref),
        before=before_of(done),
        after={"product": product.key, "version": version, **after_of(done)},
    )
    return done


def before_of(done: Published) -> dict[str, object]:
    """Give what a change replaced, for the record."""
    return {name: _plain(old) for name, (old, _new) in done.changes.items()}


def after_of(done: Published) -> dict[str, object]:
    """Give what was published, for the record."""
    release = done.release
    return {
        "new": done.new,
        "channel": release.channel,
        "security": release.security,
        "published_on": release.published_on.isoformat(),
        "files": [{"name": f.name, "kind": str(f.kind), "bytes": f.size, "sha256": f.key} for f in done.added],
        **{name: _plain(new) for name, (_old, new) in done.changes.items()},
        **({"signing_key": done.new_key} if done.new_key else {}),
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | bool | dict) or value is None else str(value)
