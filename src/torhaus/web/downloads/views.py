"""The pages of downloads: the current version, all versions, add-ons."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from torhaus.core.versions import version_key
from torhaus.frame.access import Viewer, viewer_may, viewer_of
from torhaus.frame.navigation import address
from torhaus.frame.words import CHANNEL_LOOKS, ENTITLEMENT_LOOKS, entitlement_text
from torhaus.releases.models import AddOnRelease, Channel, Release, ReleaseFile
from torhaus.releases.queries import (
    Claims,
    Offer,
    add_ons_of,
    claims_of,
    files_of,
    files_of_add_ons,
    latest_of,
    release_by_ref,
    releases_of,
    with_texts,
)
from torhaus.releases.rules import Entitlement
from torhaus.web.downloads.forms import AddOnSearchForm
from torhaus.web.downloads.shown import (
    AddOnRow,
    FileRow,
    VersionRow,
    file_rows,
    maker_of,
    manifest_facts,
    needs_of,
    notes_of,
    packages_of,
    title_of,
    version_row,
    version_rows,
)
from torhaus.web.downloads.verifying import commands_for, signing_keys
from torhaus.web.words import size_text, vendor_today

EARLIER = 5
VERSIONS_PER_PAGE = 25
ADD_ONS_PER_PAGE = 20
SORTS = ("title", "vendor", "published")


@viewer_may("see_downloads")
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """Show the current version of the contract's product with its packages, and the way to all others."""
    viewer = viewer_of(request)
    _vendor, today = vendor_today(request)
    claims = claims_of(viewer.contract, today, add_ons=False)
    known = releases_of(viewer.contract.product_id, today)
    current = latest_of(known)
    # Where the newest is not open to the contract (its maintenance has ended), the newest that is.
    open_to_it = next((r for r in known if r.channel == Channel.STABLE and claims.to_release(r).allowed), None)
    shown = with_texts([r for r in dict.fromkeys((current, open_to_it)) if r is not None])
    files = files_of(shown)
    stable = [r for r in known if r.channel == Channel.STABLE and r not in shown]
    return render(
        request,
        "web/downloads/downloads.html",
        {
            "product": viewer.contract.product,
            "shown": [_shown(viewer, release, files.get(release.pk, []), claims) for release in shown],
            "coming": version_rows(_coming(known, current), claims),
            "earlier": version_rows(stable[:EARLIER], claims),
            "count": len(known),
            "release_mails": address("web:release_mails"),
        },
    )


def _coming(known: Sequence[Release], current: Release | None) -> list[Release]:
    """Give the pre-releases of what comes after the current version."""
    least = version_key(current.version) if current else ()
    return [r for r in known if r.channel != Channel.STABLE and version_key(r.version) > least]


def _shown(viewer: Viewer, release: Release, files: list[ReleaseFile], claims: Claims) -> dict[str, Any]:
    """Give all that the card of a version of the product shows."""
    answer = claims.to_release(release)
    return _card(release, packages_of(viewer, release, files, answer), answer)


def _card(release: Release | AddOnRelease, rows: list[FileRow], answer: Entitlement) -> dict[str, Any]:
    """Give what the card of a version, of product or add-on, shows."""
    return {
        "release": release,
        "is_add_on": isinstance(release, AddOnRelease),
        "rows": [row for row in rows if row.kind != "sbom"],
        "sboms": [row for row in rows if row.kind == "sbom"],
        "answer": answer,
        "why": entitlement_text(answer),
        "why_look": ENTITLEMENT_LOOKS[answer.reason],
        "look": CHANNEL_LOOKS[Channel(release.channel)],
        "stable": release.channel == Channel.STABLE,
        "needs": needs_of(release),
        "notes": notes_of(release),
        "commands": commands_for(rows, signing_keys(), release_ref=release.ref),
    }


@viewer_may("see_downloads")
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """Show all versions, the highest first, a page at a time."""
    contract = viewer_of(request).contract
    _vendor, today = vendor_today(request)
    claims = claims_of(contract, today, add_ons=False)
    page = _page(request, releases_of(contract.product_id, today), VERSIONS_PER_PAGE)
    page.object_list = version_rows(page.object_list, claims)
    return render(request, "web/downloads/versions.html", {"product": contract.product, "page": page})


@viewer_may("see_downloads")
@require_safe
def version(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one version: packages, notes, and how to check what was fetched."""
    viewer = viewer_of(request)
    _vendor, today = vendor_today(request)
    release = release_by_ref(viewer.contract.product_id, ref, today)
    if release is None:
        raise Http404
    claims = claims_of(viewer.contract, today, add_ons=False)
    one = _shown(viewer, release, files_of([release]).get(release.pk, []), claims)
    return render(request, "web/downloads/version.html", {"product": viewer.contract.product, "one": one})


@viewer_may("see_downloads")
@require_safe
def add_on_downloads(request: HttpRequest) -> HttpResponse:
    """Show the add-ons that the search finds: title, version, vendor, what they need, and whether one may (B28)."""
    viewer = viewer_of(request)
    vendor, today = vendor_today(request)
    offers = add_ons_of(viewer.contract.product_id, today)
    form = AddOnSearchForm(request.GET)
    sort = wanted_sort(request.GET.get("sort", ""))
    found = _sorted(_matching(offers, form.words(), vendor.name), sort, vendor.name)
    page = _page(request, found, ADD_ONS_PER_PAGE)
    page.object_list = _add_on_rows(viewer, list(page.object_list), claims_of(viewer.contract, today), vendor.name)
    return render(
        request,
        "web/downloads/add_on_downloads.html",
        {"product": viewer.contract.product, "page": page, "form": form, "sort": sort, "count": len(offers)},
    )


def wanted_sort(given: str) -> str:
    """Give the wanted order, or by title for anything unknown."""
    return given if given.removeprefix("-") in SORTS and not given.startswith("--") else "title"


def _matching(offers: list[Offer], wanted: list[str], vendor_name: str) -> list[Offer]:
    """Give the add-ons in whose texts all the words occur. In Python: names stand in several languages in JSON."""
    if not wanted:
        return offers
    found = []
    for offer in offers:
        texts = [*offer.item.name.values(), title_of(offer), maker_of(offer, vendor_name), offer.item.key]
        texts += [*offer.item.description.values(), *map(str, manifest_facts(offer.newest.manifest).values())]
        together = " ".join(map(str, texts)).casefold()
        if all(word in together for word in wanted):
            found.append(offer)
    return found


def _sorted(offers: list[Offer], sort: str, vendor_name: str) -> list[Offer]:
    keys: dict[str, Any] = {
        "title": lambda offer: title_of(offer).casefold(),
        "vendor": lambda offer: maker_of(offer, vendor_name).casefold(),
        "published": lambda offer: offer.newest.published_on,
    }
    by_title = sorted(offers, key=keys["title"])
    return sorted(by_title, key=keys[sort.removeprefix("-")], reverse=sort.startswith("-"))


def _add_on_rows(viewer: Viewer, offers: list[Offer], claims: Claims, vendor_name: str) -> list[AddOnRow]:
    files = files_of_add_ons([offer.newest for offer in offers])
    return [
        AddOnRow(
            key=offer.item.key,
            title=title_of(offer),
            maker=maker_of(offer, vendor_name),
            newest=_add_on_version(viewer, offer, offer.newest, files.get(offer.newest.pk, []), claims),
            needs=needs_of(offer.newest),
        )
        for offer in offers
    ]


def _add_on_version(viewer: Viewer, offer: Offer, release: Any, files: list[ReleaseFile], claims: Claims) -> VersionRow:
    """Give a version of an add-on with the link to its package, if the contract may fetch it."""
    answer = claims.to_add_on(release, offer.item, offer.details)
    package = next((file for file in files if file.kind != "sbom"), None)
    rows = file_rows(viewer, [package] if package else [], answer)
    return version_row(
        release,
        answer,
        file_url=rows[0].url if rows else "",
        file_size=size_text(package.size) if package else "",
    )


@viewer_may("see_downloads")
@require_safe
def add_on_download(request: HttpRequest, key: str) -> HttpResponse:
    """Show one add-on: what its manifest says, all versions, and the notes of the newest."""
    viewer = viewer_of(request)
    vendor, today = vendor_today(request)
    offer = next(iter(add_ons_of(viewer.contract.product_id, today, key=key)), None)
    if offer is None:
        raise Http404
    claims = claims_of(viewer.contract, today)
    newest, files = offer.newest, files_of_add_ons(offer.versions)
    answer = claims.to_add_on(newest, offer.item, offer.details)
    page = _page(request, offer.versions, VERSIONS_PER_PAGE)
    page.object_list = [_add_on_version(viewer, offer, r, files.get(r.pk, []), claims) for r in page.object_list]
    return render(
        request,
        "web/downloads/add_on_download.html",
        {
            "product": viewer.contract.product,
            "title": title_of(offer),
            "maker": maker_of(offer, vendor.name),
            "item": offer.item,
            "facts": manifest_facts(newest.manifest),
            "page": page,
            "one": _card(newest, file_rows(viewer, files.get(newest.pk, []), answer), answer),
        },
    )


def _page(request: HttpRequest, rows: Sequence[Any], size: int) -> "Page[Any]":
    """Give the wanted page; what is no number, or a very long one, is the first, beyond the end the last."""
    given = request.GET.get("page", "")
    paginator: Paginator[Any] = Paginator(rows, size)
    return paginator.get_page(given if given.isascii() and given.isdecimal() and len(given) < 10 else "1")
