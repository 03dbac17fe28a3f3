"""``GET /api/v1/downloads``: what a contract can fetch, with links that work for some hours."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torhaus.api.downloads.described import Describer
from torhaus.core import clock
from torhaus.core.texts import text_in
from torhaus.frame import problems
from torhaus.frame.access import token_may, viewer_of
from torhaus.frame.viewers import known_vendor
from torhaus.releases.models import Channel
from torhaus.releases.queries import add_ons_of, claims_of, files_of, files_of_add_ons, releases_of, with_texts


class UnknownValue(ValueError):
    """A parameter has a value that cannot be: its name, and what it takes."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(name)
        self.name = name
        self.expected = expected


@dataclass(frozen=True)
class Wanted:
    """Which versions are asked for; nothing means all."""

    channel: str = ""
    since: date | None = None

    def holds(self, release: Any) -> bool:
        """Whether a version is among them."""
        fits = not self.channel or release.channel == self.channel
        return fits and (self.since is None or release.published_on >= self.since)


@token_may("see_downloads")
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """Give the versions of the contract's product and add-ons: files, checksums, signatures, links, and why not."""
    try:
        wanted = _wanted(request)
    except UnknownValue as error:
        return problems.invalid_parameter(request, error.name, error.expected)
    contract, vendor = viewer_of(request).contract, known_vendor(request)
    today = clock.today(vendor.time_zone)
    described = Describer(request, claims_of(contract, today))
    releases = with_texts([one for one in releases_of(contract.product_id, today) if wanted.holds(one)])
    offers = [
        (offer, [one for one in offer.versions if wanted.holds(one)])
        for offer in add_ons_of(contract.product_id, today)
    ]
    newest = [(offer, _newest_of_channels(versions)) for offer, versions in offers if versions]
    files = files_of(releases)
    add_on_files = files_of_add_ons([one for _offer, versions in newest for one in versions])
    return JsonResponse(
        {
            "contract": contract.number,
            "product": {
                "key": contract.product.key,
                "name": text_in(contract.product.name, (get_language() or "en")[:2]),
            },
            "versions": [described.release(one, files.get(one.pk, [])) for one in releases],
            "add_ons": [described.add_on(offer, versions, add_on_files, vendor.name) for offer, versions in newest],
        },
        json_dumps_params={"ensure_ascii": False},
    )


def _newest_of_channels(versions: list[Any]) -> list[Any]:
    """Give of versions, the highest first, the highest of each channel."""
    seen: dict[str, Any] = {}
    for one in versions:
        seen.setdefault(one.channel, one)
    return list(seen.values())


def _wanted(request: HttpRequest) -> Wanted:
    """Read the parameters. Raises UnknownValue for what cannot be; others than these are ignored."""
    channel, since = request.GET.get("channel", ""), request.GET.get("since", "")
    if channel and channel not in Channel.values:
        raise UnknownValue("channel", ", ".join(Channel.values))
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError:
        raise UnknownValue("since", _("a day such as 2026-11-22")) from None
    return Wanted(channel, day)
