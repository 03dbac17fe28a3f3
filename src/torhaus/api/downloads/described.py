"""Versions and files as JSON says them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from torhaus.core.texts import text_in
from torhaus.frame.access import viewer_of
from torhaus.frame.files import safe_name
from torhaus.frame.sending import file_address
from torhaus.frame.words import entitlement_text
from torhaus.releases.links import make_link
from torhaus.releases.models import AddOnRelease, Release, ReleaseFile
from torhaus.releases.queries import Claims, Offer
from torhaus.releases.rules import Entitlement


class Describer:
    """Describes for one request: its contract, language and host."""

    def __init__(self, request: HttpRequest, claims: Claims) -> None:
        self.contract_ref = viewer_of(request).contract_ref
        self.claims = claims
        self.language = (get_language() or "en")[:2]
        self.base = settings.OPTIONS.public_url.rstrip("/") + "/"

    def release(self, release: Release, files: Sequence[ReleaseFile]) -> dict[str, Any]:
        """Give a version of the product; packages that lie elsewhere have their own address and no signature."""
        answer = self.claims.to_release(release)
        stored = [self._file(file, answer) for file in files]
        kinds = {file["kind"] for file in stored}
        elsewhere = [one for one in release.packages if isinstance(one, dict) and one.get("kind") not in kinds]
        return self._version(release, answer, [*stored, *(_elsewhere(one, answer) for one in elsewhere)]) | {
            "minimum_version": release.minimum_version or None,
            "maximum_version": release.maximum_version or None,
            "notes_url": release.notes_url or self._absolute(reverse("web:version", args=[release.ref])),
        }

    def add_on(
        self,
        offer: Offer,
        versions: Sequence[AddOnRelease],
        files: Mapping[int, Sequence[ReleaseFile]],
        vendor_name: str,
    ) -> dict[str, Any]:
        """Give an add-on with some of its versions."""
        return {
            "key": offer.item.key,
            "name": text_in(offer.item.name, self.language) or offer.item.key,
            "vendor": (offer.details.vendor_name if offer.details else "") or vendor_name,
            "versions": [self._add_on_version(offer, one, files.get(one.pk, [])) for one in versions],
        }

    def _add_on_version(self, offer: Offer, release: AddOnRelease, files: Sequence[ReleaseFile]) -> dict[str, Any]:
        answer = self.claims.to_add_on(release, offer.item, offer.details)
        return self._version(release, answer, [self._file(file, answer) for file in files]) | {
            "needs": {"minimum": release.minimum_version or None, "maximum": release.maximum_version or None},
            "notes_url": self._absolute(reverse("web:add_on_download", args=[offer.item.key])),
        }

    def _version(
        self, release: Release | AddOnRelease, answer: Entitlement, files: list[dict[str, Any]]
    ) -> dict[str, Any]:
        return {
            "version": release.version,
            "channel": release.channel,
            "published_on": release.published_on.isoformat(),
            "security": release.security,
            "entitlement": {
                "allowed": answer.allowed,
                "reason": str(answer.reason),
                "message": entitlement_text(answer),
            },
            "files": files,
        }

    def _file(self, file: ReleaseFile, answer: Entitlement) -> dict[str, Any]:
        url = None
        if answer.allowed:
            link = make_link(contract_ref=self.contract_ref, file_ref=file.ref)
            url = self._absolute(file_address(reverse("web:download_file", args=[file.ref, link])))
        return {
            "kind": file.kind,
            "name": safe_name(file.name),
            "size": file.size,
            "sha256": file.key,
            "signature": file.signature or None,
            "url": url,
        }

    def _absolute(self, address: str) -> str:
        return urljoin(self.base, address)


def _elsewhere(one: dict[str, Any], answer: Entitlement) -> dict[str, Any]:
    url, size = str(one.get("url", "")), one.get("bytes")
    fetchable = answer.allowed and url.startswith(("https://", "http://"))
    return {
        "kind": str(one.get("kind", "")),
        "name": safe_name(url.rpartition("/")[2]),
        "size": size if isinstance(size, int) else None,
        "sha256": str(one.get("sha256", "")) or None,
        "signature": None,
        "url": url if fetchable else None,
    }
