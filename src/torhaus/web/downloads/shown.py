"""Versions, files and add-ons as the pages show them: words, sizes, links and why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torhaus.core.texts import text_in
from torhaus.frame.access import Viewer
from torhaus.frame.files import safe_name
from torhaus.frame.sending import file_address
from torhaus.frame.words import CHANNEL_LOOKS, ENTITLEMENT_LOOKS, FILE_KINDS, Look, entitlement_text
from torhaus.releases.links import make_link
from torhaus.releases.models import AddOnRelease, Channel, FileKind, Release, ReleaseFile
from torhaus.releases.queries import Claims, Offer
from torhaus.releases.rules import Entitlement
from torhaus.web.words import size_text


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file to fetch. Without ``url`` it may not be fetched; ``host`` names who else has it, if it lies elsewhere."""

    kind: str
    word: str
    name: str
    size: str
    sha256: str
    url: str
    signature_url: str = ""
    signature: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in a list: where it is shown, and whether the contract may fetch it."""

    version: str
    url: str
    published_on: date
    security: bool
    look: Look | None
    allowed: bool
    why: str
    why_look: Look
    file_url: str = ""
    file_size: str = ""


@dataclass(frozen=True, slots=True)
class AddOnRow:
    """An add-on in the list."""

    key: str
    title: str
    maker: str
    newest: VersionRow
    needs: str


def file_url(viewer: Viewer, file: ReleaseFile) -> str:
    """Give a new link of the viewer's contract to a file; none for staff who look on."""
    if viewer.read_only:
        return ""
    link = make_link(contract_ref=viewer.contract_ref, file_ref=file.ref)
    return file_address(reverse("web:download_file", args=[file.ref, link]))


def file_rows(viewer: Viewer, files: Iterable[ReleaseFile], answer: Entitlement) -> list[FileRow]:
    """Give stored files; links only where ``answer`` allows."""
    return [
        FileRow(
            kind=file.kind,
            word=str(FILE_KINDS[FileKind(file.kind)]),
            name=safe_name(file.name),
            size=size_text(file.size),
            sha256=file.key,
            url=file_url(viewer, file) if answer.allowed else "",
            signature_url=reverse("web:signature", args=[file.ref]) if file.signature else "",
            signature=file.signature,
        )
        for file in files
    ]


def packages_of(viewer: Viewer, release: Release, files: Iterable[ReleaseFile], answer: Entitlement) -> list[FileRow]:
    """Give what a version consists of: stored files, and of other kinds the imported ones that lie elsewhere (B27)."""
    stored = file_rows(viewer, files, answer)
    kinds = {row.kind for row in stored}
    elsewhere = [_elsewhere(one, answer) for one in release.packages if isinstance(one, dict)]
    order = [str(kind) for kind in FileKind]
    rows = [*stored, *(row for row in elsewhere if row.kind in order and row.kind not in kinds)]
    return sorted(rows, key=lambda row: (order.index(row.kind), row.name))


def _elsewhere(one: dict[str, Any], answer: Entitlement) -> FileRow:
    url, size, kind = str(one.get("url", "")), one.get("bytes"), str(one.get("kind", ""))
    address = urlsplit(url) if url.startswith(("https://", "http://")) else None
    words = {str(known): str(word) for known, word in FILE_KINDS.items()}
    return FileRow(
        kind=kind,
        word=words.get(kind, kind),
        name=address.path.rpartition("/")[2] if address else "",
        size=size_text(size) if isinstance(size, int) else "",
        sha256=str(one.get("sha256", "")),
        url=url if address and answer.allowed else "",
        host=address.hostname or "" if address else "",
    )


def version_row(release: Release | AddOnRelease, answer: Entitlement, *, url: str = "", **more: str) -> VersionRow:
    """Give a version as a row of a list."""
    channel = Channel(release.channel)
    return VersionRow(
        version=release.version,
        url=url,
        published_on=release.published_on,
        security=release.security,
        look=None if channel is Channel.STABLE else CHANNEL_LOOKS[channel],
        allowed=answer.allowed,
        why=entitlement_text(answer),
        why_look=ENTITLEMENT_LOOKS[answer.reason],
        **more,
    )


def version_rows(releases: Iterable[Release], claims: Claims) -> list[VersionRow]:
    """Give versions of the product as rows that lead to their pages."""
    return [
        version_row(release, claims.to_release(release), url=reverse("web:version", args=[release.ref]))
        for release in releases
    ]


def title_of(offer: Offer) -> str:
    """Give what an add-on is called: its name in the catalogue, else in its own manifest."""
    named = text_in(offer.item.name, (get_language() or "en")[:2])
    return named or _plain(offer.newest.manifest.get("title")) or offer.item.key


def maker_of(offer: Offer, vendor_name: str) -> str:
    """Give who makes an add-on: as the catalogue says, else the manifest, else the vendor."""
    author = offer.newest.manifest.get("author")
    if isinstance(author, dict):
        author = author.get("name")
    return (offer.details.vendor_name if offer.details else "") or _plain(author) or vendor_name


def needs_of(release: AddOnRelease | Release) -> str:
    """Say which versions of the product are needed, or nothing."""
    low, high = release.minimum_version, release.maximum_version
    if low and high:
        return _("%(from)s to %(to)s") % {"from": low, "to": high}
    if low or high:
        return (_("%(version)s or later") if low else _("up to %(version)s")) % {"version": low or high}
    requirements = getattr(release, "manifest", {}).get("requirements")
    return _plain(requirements.get("core")) if isinstance(requirements, dict) else ""


def manifest_facts(manifest: dict[str, Any]) -> dict[str, Any]:
    """Give what an add-on's package.json says beside title and author, as far as it is text."""
    dependencies = manifest.get("dependencies")
    groups = dependencies if isinstance(dependencies, dict) else {"": dependencies}
    return {
        "identifier": _plain(manifest.get("identifier")),
        "description": _plain(manifest.get("description")),
        "type": _plain(manifest.get("type")),
        "dependencies": [line for group, names in groups.items() for line in _dependencies(_plain(group), names)],
    }


def _dependencies(group: str, names: Any) -> list[str]:
    found = names if isinstance(names, list) else [names]
    if isinstance(names, dict):
        found = [f"{name} {_plain(version)}".strip() for name, version in names.items()]
    return [f"{group}: {_plain(name)}" if group else _plain(name) for name in found if _plain(name)]


def _plain(value: Any) -> str:
    return value.strip()[:2000] if isinstance(value, str) else ""


def notes_of(release: Release | AddOnRelease) -> str:
    """Give the notes of a version in the page's language, as Markdown."""
    return text_in(release.notes, (get_language() or "en")[:2]) if isinstance(release.notes, dict) else ""
