"""Reads of versions. They belong to no customer."""

from datetime import date

from torhaus.releases.models import Channel, Release
from torhaus.releases.rules import version_key

RECENT = 50


def latest_release(product_id: int, today: date) -> Release | None:
    """Give the highest stable version among the last 50 published: a late fix of an old version is not the latest."""
    stable = Release.objects.filter(product_id=product_id, channel=Channel.STABLE, published_on__lte=today)
    newest = stable.order_by("-published_on")[:RECENT]
    return max(newest, key=lambda release: version_key(release.version), default=None)
