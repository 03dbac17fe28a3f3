"""The deeds ``withdraw_release`` and ``restore_release``: a version is no longer offered, or is offered again."""

from django.db.models import QuerySet

from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.releases.models import AddOnRelease, Release
from torhaus.releases.staff_queries import Published, name_of, subject_of

REASON_LENGTH = 300


class UnknownRelease(LookupError):
    """No version has this reference."""


class NothingToChange(ValueError):
    """The version was already withdrawn, or already offered."""


@deed("withdraw_release")
def withdraw_release(*, ref: str, reason: str, by: Actor) -> Published:
    """Offer a version of a product or an add-on no longer; what was fetched of it remains where it is.

    Raises:
        UnknownRelease: there is none of this reference.
        NothingToChange: it was withdrawn before.
    """
    found = _locked(ref)
    if found.withdrawn_at is not None:
        raise NothingToChange(ref)
    found.withdrawn_at = clock.now()
    found.save(update_fields=["withdrawn_at"])
    _write(found, reason, by)
    return found


@deed("restore_release")
def restore_release(*, ref: str, reason: str, by: Actor) -> Published:
    """Offer a withdrawn version again.

    Raises:
        UnknownRelease: there is none of this reference.
        NothingToChange: it is not withdrawn.
    """
    found = _locked(ref)
    if found.withdrawn_at is None:
        raise NothingToChange(ref)
    found.withdrawn_at = None
    found.save(update_fields=["withdrawn_at"])
    _write(found, reason, by)
    return found


def _locked(ref: str) -> Published:
    releases: QuerySet[Release] = Release.objects.select_for_update(of=("self",)).select_related("product")
    add_ons: QuerySet[AddOnRelease] = AddOnRelease.objects.select_for_update(of=("self",)).select_related("add_on")
    found: Published | None = releases.filter(ref=ref).first() or add_ons.filter(ref=ref).first()
    if found is None:
        raise UnknownRelease(ref)
    return found


def _write(found: Published, reason: str, by: Actor) -> None:
    withdrawn = found.withdrawn_at is not None
    name = next(iter(name_of(found).values()), "")
    write_record(
        by=by,
        subject=subject_of(found),
        before={"withdrawn": not withdrawn},
        after={"withdrawn": withdrawn, "of": name, "version": found.version, "reason": reason[:REASON_LENGTH]},
    )
