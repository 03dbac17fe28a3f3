"""Versions as staff look them up, with their files and who fetched them. Versions belong to no customer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, Q, QuerySet, Value
from django_scopes import scopes_disabled

from torhaus.catalogue.models import Item, ItemKind, Product
from torhaus.core.texts import Texts
from torhaus.records.models import Record
from torhaus.records.queries import records_about
from torhaus.releases.models import AddOnRelease, Download, PublishRequest, PublishState, Release, ReleaseFile

Published = Release | AddOnRelease
SUBJECT, ADD_ON_SUBJECT = "release", "add_on_release"
_SHOWN = ("kind", "pk", "published_on")


@dataclass(frozen=True)
class PublishedRow:
    """A version in the list. ``elsewhere`` counts files that lie at an address of the vendor's, as imported."""

    published: Published
    name: Texts
    add_on: bool
    files: int
    elsewhere: int
    downloads: int


def subject_of(published: Published) -> tuple[str, str]:
    """Give what records call a version."""
    return (SUBJECT if isinstance(published, Release) else ADD_ON_SUBJECT, published.ref)


def name_of(published: Published) -> Texts:
    """Give the name of the product or the add-on."""
    name: Texts = published.product.name if isinstance(published, Release) else published.add_on.name
    return name


def published_of(ref: str) -> Published | None:
    """Find a version of a product or of an add-on by its reference."""
    release = Release.objects.select_related("product").filter(ref=ref).first()
    return release or AddOnRelease.objects.select_related("add_on__product").filter(ref=ref).first()


def found_versions(*, product: str, text: str, channel: str) -> "QuerySet[Any, dict[str, Any]]":
    """Give kind, key and day of the versions that fit, newest first: all, of a product's key, text, channel.

    ``text`` is what a version begins with, or a part of the product's or add-on's name in any language.
    """
    releases, add_ons = Release.objects.all(), AddOnRelease.objects.all()
    if product:
        releases, add_ons = releases.filter(product__key=product), add_ons.filter(add_on__product__key=product)
    if channel:
        releases, add_ons = releases.filter(channel=channel), add_ons.filter(channel=channel)
    if text:
        said = Q(version__istartswith=text.removeprefix("v"))
        releases = releases.filter(said | Q(product__in=_named(Product.objects.values("pk", "key", "name"), text)))
        items = Item.objects.filter(kind=ItemKind.ADD_ON).values("pk", "key", "name")
        add_ons = add_ons.filter(said | Q(add_on__in=_named(items, text)))
    kind = {name: Value(name, output_field=CharField()) for name in (SUBJECT, ADD_ON_SUBJECT)}
    both = (
        releases.annotate(kind=kind[SUBJECT])
        .values(*_SHOWN)
        .union(add_ons.annotate(kind=kind[ADD_ON_SUBJECT]).values(*_SHOWN), all=True)
    )
    return both.order_by("-published_on", "-kind", "-pk")


def rows_across_customers(found: Iterable[dict[str, Any]]) -> list[PublishedRow]:
    """Give what the list shows of some versions, in their order; the number of queries is the same for any number."""
    keys = [(row["kind"], row["pk"]) for row in found]
    releases = Release.objects.select_related("product").in_bulk([pk for kind, pk in keys if kind == SUBJECT])
    add_ons = AddOnRelease.objects.select_related("add_on").in_bulk([pk for kind, pk in keys if kind != SUBJECT])
    files, downloads = _counts(list(releases), list(add_ons))
    rows = []
    for kind, pk in keys:
        one: Published | None = releases.get(pk) if kind == SUBJECT else add_ons.get(pk)
        if one is not None:  # removed between the two queries
            elsewhere = len(one.packages) if isinstance(one, Release) else 0
            key = (kind, pk)
            rows.append(PublishedRow(one, name_of(one), kind != SUBJECT, files[key], elsewhere, downloads[key]))
    return rows


def files_of(published: Published) -> list[ReleaseFile]:
    """Give the files of a version, by kind and name."""
    own: dict[str, Published] = (
        {"release": published} if isinstance(published, Release) else {"add_on_release": published}
    )
    return list(ReleaseFile.objects.filter(**own).order_by("kind", "name"))


def downloads_across_customers(published: Published) -> QuerySet[Download]:
    """Give who fetched files of a version, newest first, with contract and customer."""
    own = "file__release" if isinstance(published, Release) else "file__add_on_release"
    with scopes_disabled():
        rows = Download.objects.filter(**{own: published}).select_related("contract__customer", "file")
        return rows.order_by("-began_at", "-pk")


def history_of(published: Published, limit: int) -> list[tuple[Record, str]]:
    """Give the newest records about a version, each with the name of who did it."""
    with scopes_disabled():
        return records_about(*subject_of(published), limit)


def request_of(ref: str) -> PublishRequest | None:
    """Find a request to publish."""
    return PublishRequest.objects.select_related("product", "release", "add_on_release", "by").filter(ref=ref).first()


def requests_to_show(since: datetime, limit: int) -> list[PublishRequest]:
    """Give the newest requests that are being worked on, or were refused ``since`` then."""
    refused = Q(state=PublishState.REFUSED, ended_at__gte=since)
    at_work = Q(state__in=(PublishState.WAITING, PublishState.CHECKING))
    rows = PublishRequest.objects.filter(at_work | refused).select_related("product", "by")
    return list(rows.order_by("-asked_at", "-pk")[:limit])


def _named(rows: Iterable[Any], text: str) -> list[int]:
    """Give which are called so: names stand in several languages, and a catalogue is small."""
    wanted = text.casefold()
    return [
        row["pk"]
        for row in rows
        if any(wanted in str(word).casefold() for word in (row["key"], *(row["name"] or {}).values()))
    ]


def _counts(releases: list[int], add_ons: list[int]) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, int]]]:
    files: Counter[tuple[str, int]] = Counter()
    downloads: Counter[tuple[str, int]] = Counter()
    with scopes_disabled():
        for kind, ids in ((SUBJECT, releases), (ADD_ON_SUBJECT, add_ons)):
            own = ReleaseFile.objects.filter(**{f"{kind}__in": ids}).values(kind).annotate(n=Count("pk"))
            files.update({(kind, row[kind]): row["n"] for row in own})
            fetched = Download.objects.filter(**{f"file__{kind}__in": ids}).values(f"file__{kind}")
            counted = fetched.annotate(n=Count("pk"))
            downloads.update({(kind, row[f"file__{kind}"]): row["n"] for row in counted})
    return files, downloads
