"""Takes content out of the store that nothing refers to: of deeds that did not come about, and of rows that are gone.

Content is stored before the deed that refers to it. So only what has lain there for two days is looked at, and
storing the same bytes makes them young again: a deed has that long to follow.
"""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django_scopes import scopes_disabled

from torhaus.billing.models import Invoice
from torhaus.core.storage import file_store
from torhaus.records.deeds import housekeeping
from torhaus.releases.models import ReleaseFile
from torhaus.subscriptions.models import EducationRequest
from torhaus.support.models import Attachment
from torhaus.vendor.models import Vendor

# Every column that holds a key of the store.
REFERRING: tuple[tuple[Any, str], ...] = (
    (Attachment, "key"),
    (EducationRequest, "proof_key"),
    (Invoice, "document_key"),
    (ReleaseFile, "key"),
    (Vendor, "logo_key"),
)
KEPT_SECONDS: float = 48 * 3600
BATCH = 500
_log = logging.getLogger(__name__)


@housekeeping
def collect_files() -> int:
    """Remove old content that no row refers to; give how many files went.

    Without a vendor nothing goes: the files may have been restored already, and the database not yet.
    """
    if not Vendor.objects.exists():
        return 0
    store, gone = file_store(), 0
    old = store.old_keys(older_than=KEPT_SECONDS)
    for keys in _batches(old):
        needed = referred_to_across_customers(keys)
        # Asked for its age once more, under the store's lock: it may have been stored again since.
        gone += sum(store.delete_old(key, older_than=KEPT_SECONDS) for key in keys if key not in needed)
    if gone:
        _log.info("files that nothing refers to were removed", extra={"event": {"files": gone}})
    return gone


def referred_to_across_customers(keys: Sequence[str]) -> set[str]:
    """Give those of ``keys`` that some row refers to."""
    found: set[str] = set()
    with scopes_disabled():
        for model, name in REFERRING:
            found.update(model.objects.filter(**{f"{name}__in": keys}).values_list(name, flat=True))
    return found


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(keys, BATCH)):
        yield batch
