"""Publishes what staff asked for: checks the files, stores them, and lets the deed publish them, in the background.

A kill at any moment leaves the request to be worked on again. Files are stored under their content
while the uploads stay where they are, the deed writes a version whole or not at all, and
publishing the same files of the same version again changes nothing: there is never half a version.
"""

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.dateparse import parse_datetime

from torhaus.core import clock
from torhaus.journeys.publish_add_on import store_and_publish_add_on
from torhaus.journeys.publish_release import store_and_publish
from torhaus.records.deeds import Actor, housekeeping
from torhaus.records.models import ActorKind
from torhaus.releases import uploads
from torhaus.releases.incoming import Incoming
from torhaus.releases.models import AddOnRelease, Channel, FileKind, PublishRequest, PublishState, Release, Upload
from torhaus.releases.publishing import Said
from torhaus.releases.refusals import PublishRefused

ASKED = (PublishState.WAITING, PublishState.CHECKING)
# Reasons beside those of ``refusals.Refusal``: not what is in the files, but what became of the work.
FILES_GONE, GAVE_UP = "files_gone", "gave_up"


@housekeeping
def publish_requested(request_id: int) -> None:
    """Work on a request until it is published or refused; one that has ended is left alone."""
    request = PublishRequest.objects.select_related("product", "by").filter(pk=request_id, state__in=ASKED).first()
    if request is None:
        return
    _note(request, state=PublishState.CHECKING)
    files = list(Upload.objects.filter(request=request).order_by("pk"))
    if not files or not all(uploads.path_of(upload).is_file() for upload in files):
        _refuse(request, FILES_GONE)
        return
    # What a refusal speaks of is said in the language of who asked.
    with translation.override(request.by.language):
        try:
            published = _publish(request, files)
        except PublishRefused as refusal:
            _refuse(request, refusal.reason, refusal.detail)
            return
    own: dict[str, Any] = {"release": published} if isinstance(published, Release) else {"add_on_release": published}
    _note(request, state=PublishState.PUBLISHED, ended_at=clock.now(), **own)
    for upload in files:
        uploads.end_upload(upload=upload)


@housekeeping
def give_up(request_id: int) -> None:
    """Refuse a request whose job is a dead letter."""
    request = PublishRequest.objects.filter(pk=request_id, state__in=ASKED).first()
    if request is not None:
        _refuse(request, GAVE_UP)


def _publish(request: PublishRequest, files: list[Upload]) -> Release | AddOnRelease:
    incoming = [Incoming(FileKind(one.kind), uploads.path_of(one), one.name, ours=True) for one in files]
    by, said = Actor(ActorKind.STAFF, request.by.ref, request.by.mail), _said(request.said)
    if request.product is not None:
        version = request.said["version"]
        return store_and_publish(product=request.product, version=version, files=incoming, said=said, by=by).release
    by_kind = {file.kind: file for file in incoming}
    return store_and_publish_add_on(
        archive=by_kind[FileKind.ADD_ON],
        sbom=by_kind.get(FileKind.SBOM),
        key=request.said.get("add_on", ""),
        said=said,
        by=by,
    ).release


def _said(said: dict[str, Any]) -> Said:
    notes = {language: said.get("notes_" + language, "") for language in ("en", "de")}
    return Said(
        channel=Channel(said["channel"]),
        notes={language: text for language, text in notes.items() if text.strip()},
        # What is left empty leaves a version that is there as it is: files may be added to one.
        security=said["security"] or None,
        minimum_version=said.get("minimum_version") or None,
        maximum_version=said.get("maximum_version") or None,
        publish_at=parse_datetime(said["published_at"]) if said["published_at"] else None,
    )


def _refuse(request: PublishRequest, reason: str, detail: str = "") -> None:
    """End a request; its files are free for another one, and are kept as long as others."""
    with transaction.atomic():
        Upload.objects.filter(request=request).update(request=None, changed_at=clock.now())
        _note(request, state=PublishState.REFUSED, ended_at=clock.now(), reason=reason, detail=detail)


def _note(request: PublishRequest, **values: Any) -> None:
    PublishRequest.objects.filter(pk=request.pk, state__in=ASKED).update(**values)
