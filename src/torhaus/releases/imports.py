"""Bulk writes and their reads for the import: releases."""

from collections.abc import Sequence
from typing import Any

from torhaus.catalogue.imports import product_ids
from torhaus.records.deeds import part
from torhaus.releases.models import Release

Values = dict[str, Any]
FIELDS = ("version", "channel", "published_on", "security", "notes", "notes_url", "packages")


def stored_releases(products: Sequence[str]) -> dict[tuple[str, str], Values]:
    """Give all releases of some products by product and version."""
    rows = Release.objects.filter(product__key__in=products).values("product__key", *FIELDS)
    return {
        (row["product__key"], row["version"]): {
            "product": row["product__key"],
            **{name: row[name] for name in FIELDS},
            "published_on": row["published_on"].isoformat(),
        }
        for row in rows
    }


@part
def put_releases(*, rows: Sequence[Values]) -> None:
    """Write releases, new and changed."""
    ids = product_ids([row["product"] for row in rows])
    Release.objects.bulk_create(
        [Release(product_id=ids[row["product"]], **{name: row[name] for name in FIELDS}) for row in rows],
        update_conflicts=True,
        unique_fields=["product", "version"],
        update_fields=list(FIELDS[1:]),
    )
