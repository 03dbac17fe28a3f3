"""Staff ask for uploaded files to be published: a row and a job, so that no page waits for gigabytes to be checked."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from torhaus.accounts.models import User
from torhaus.catalogue.models import Product
from torhaus.core import clock
from torhaus.journeys.tasks import publish_requested
from torhaus.records.deeds import housekeeping
from torhaus.releases.models import FileKind, PublishRequest, Upload


class UploadsChanged(Exception):
    """A file is not complete, is gone, or is being published already, perhaps by the same form sent twice."""


@housekeeping
@transaction.atomic
def ask_to_publish(
    *, product: Product | None, said: Mapping[str, Any], files: Sequence[tuple[FileKind, Upload]], by: User
) -> PublishRequest:
    """Ask for a version to be published; ``product`` None means an add-on, whose ZIP is the one file.

    The deed, with its record, is the publishing itself; whoever asked is its actor.

    Raises:
        UploadsChanged: a file cannot be used; nothing is asked.
    """
    kept = {**said, "files": {str(kind): upload.ref for kind, upload in files}}
    request = PublishRequest.objects.create(product=product, said=kept, by=by, asked_at=clock.now())
    for kind, upload in files:
        mine = Upload.objects.filter(pk=upload.pk, by=by, request=None, received=F("size"))
        if not mine.update(request=request, kind=kind, changed_at=clock.now()):
            raise UploadsChanged(upload.ref)
    publish_requested.enqueue(request.pk)
    return request
