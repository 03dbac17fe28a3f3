"""The deed of fetching a file: recorded once for each link, however often it is resumed."""

from django.db import IntegrityError, transaction

from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.releases.models import Download, ReleaseFile
from torhaus.releases.queries import was_downloaded
from torhaus.subscriptions.models import Contract


def note_download(*, link: str, contract: Contract, file: ReleaseFile, by: Actor) -> None:
    """Record that a contract fetches a file by ``link``, unless that is known. Resuming writes nothing."""
    if not was_downloaded(link):
        download_file(link=link, contract=contract, file=file, by=by)


@deed("download_file")
def download_file(*, link: str, contract: Contract, file: ReleaseFile, by: Actor) -> None:
    """Record a download: who, of which contract, which version's file with which checksum.

    Of two requests at once one writes; the table's key decides which.
    """
    try:
        with transaction.atomic():
            Download.objects.create(link=link, contract=contract, file=file, began_at=clock.now())
    except IntegrityError:
        nothing_done()
        return
    release = file.release or file.add_on_release
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "file": file.name,
            "version": release.version if release else "",
            "of": file.release.product.key if file.release else file.add_on_release.add_on.key,  # type: ignore[union-attr]  # it is of one of the two
            "sha256": file.key,
        },
    )
