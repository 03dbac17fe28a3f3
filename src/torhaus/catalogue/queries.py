"""Reads of what the vendor sells. The catalogue belongs to no customer."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db.models import F, FilteredRelation, Q, Value

from torhaus.catalogue.models import (
    Allowance,
    EducationCategory,
    Item,
    ItemKind,
    Meter,
    Plan,
    Price,
    Product,
    SeatKind,
)
from torhaus.core.texts import Texts


def allowances_of(item_ids: Collection[int]) -> list[Allowance]:
    """Give what these items bring of each meter, with the meters."""
    return list(Allowance.objects.filter(item_id__in=item_ids).select_related("meter").order_by("meter__key"))


def prices_on(item_ids: Collection[int], *, currency: str, months: int, on: date) -> dict[int, Price]:
    """Give the list price of each item for a period of ``months`` that is valid on a day; items without are left out."""
    found = Price.objects.filter(item_id__in=item_ids, currency=currency, months=months, valid_from__lte=on)
    return {price.item_id: price for price in found.order_by("valid_from")}


class Brought(NamedTuple):
    """What an item brings of a meter."""

    item_id: int
    meter_id: int
    quantity: int
    per_unit: bool


def meters_with_allowances(
    item_ids: Collection[int], meter_ids: Collection[int]
) -> tuple[dict[int, Meter], list[Brought]]:
    """Give the meters of which these items bring anything, and those of ``meter_ids``, by primary key, in one query."""
    if not item_ids and not meter_ids:
        return {}, []
    ours = Q(allowances__item_id__in=list(item_ids) or [0])  # without any, the meters themselves are still wanted
    rows = Meter.objects.annotate(
        brought=FilteredRelation("allowances", condition=ours),
        item=F("brought__item_id"),
        amount=F("brought__quantity"),
        each=F("brought__per_unit"),
    ).filter(Q(pk__in=meter_ids) | Q(item__isnull=False))
    meters: dict[int, Meter] = {}
    brings = []
    for row in rows.order_by("key", "item"):
        meters.setdefault(row.pk, row)
        if row.item is not None:
            brings.append(Brought(row.item, row.pk, row.amount, row.each))
    return meters, brings


def meters_named(keys: Collection[str]) -> dict[str, Meter]:
    """Give meters by key; unknown keys are left out."""
    return {one.key: one for one in Meter.objects.filter(key__in=keys)}


def product_keys(product_ids: Collection[int]) -> list[str]:
    """Give the keys of products; without any it asks nothing."""
    return list(Product.objects.filter(pk__in=product_ids).values_list("key", flat=True)) if product_ids else []


def products_by_id(product_ids: Collection[int]) -> list[Product]:
    """Give products by their primary keys; without any it asks nothing."""
    return list(Product.objects.filter(pk__in=product_ids)) if product_ids else []


def item_and_meter_names(items: Collection[str], meters: Collection[str]) -> tuple[dict[str, Texts], dict[str, Texts]]:
    """Give the names of items and of meters by key, in one query; unknown keys are left out."""
    of_items: Any = Item.objects.filter(key__in=items).annotate(meter=Value(0))
    of_meters: Any = Meter.objects.filter(key__in=meters).annotate(meter=Value(1))
    columns = ("meter", "key", "name")
    found: tuple[dict[str, Texts], dict[str, Texts]] = ({}, {})
    for which, key, name in of_items.values_list(*columns).union(of_meters.values_list(*columns), all=True):
        found[which][key] = name
    return found


def meter_names(keys: Collection[str]) -> dict[str, Texts]:
    """Give the names of meters by key; unknown keys are left out."""
    return dict(Meter.objects.filter(key__in=keys).values_list("key", "name")) if keys else {}


def product_names(keys: Collection[str]) -> dict[str, Texts]:
    """Give the names of products by key; unknown keys are left out."""
    return dict(Product.objects.filter(key__in=keys).values_list("key", "name")) if keys else {}


def product_named(key: str) -> Product | None:
    """Find a product by its key."""
    return Product.objects.filter(key=key).first()


def all_product_keys() -> list[str]:
    """Give the keys of all products, sorted."""
    return list(Product.objects.order_by("key").values_list("key", flat=True))


def seat_kinds_named(keys: Collection[str]) -> dict[str, tuple[Item, SeatKind]]:
    """Give kinds of seats by key, each with its details; unknown keys and other items are left out.

    A kind without details is what its defaults say: held by a person, and nothing is deleted with it.
    """
    return seat_kinds(keys, ())


def seat_kinds(keys: Collection[str], ids: Collection[int]) -> dict[str, tuple[Item, SeatKind]]:
    """Give kinds of seats by key as ``seat_kinds_named``, and with them whatever has one of ``ids`` (primary keys)."""
    if not keys and not ids:
        return {}
    wanted = Q(key__in=keys, kind=ItemKind.SEAT) | Q(pk__in=ids)
    found = Item.objects.filter(wanted).select_related("seat_kind")
    return {item.key: (item, getattr(item, "seat_kind", None) or SeatKind(item=item)) for item in found}


@dataclass(frozen=True)
class PlanMark:
    """What the catalogue says of a plan: whether it is sold no more, and which seats bring which others (keys).

    ``contact_only``: nothing of it has a list price; customers ask sales.
    """

    item_id: int
    legacy: bool
    contact_only: bool
    ratios: list[tuple[str, str, int]] = field(default_factory=list)


def plan_marks(item_ids: Collection[int]) -> list[PlanMark]:
    """Give the marks of some plans (items), each with its ratios, in one query."""
    ratios = ("seat_ratios__leading__key", "seat_ratios__following__key", "seat_ratios__quantity")
    found: dict[int, PlanMark] = {}
    rows = Plan.objects.filter(item_id__in=item_ids).order_by("pk", "seat_ratios__pk")
    for item_id, legacy, contact_only, leading, following, quantity in rows.values_list(
        "item_id", "legacy", "contact_only", *ratios
    ):
        mark = found.setdefault(item_id, PlanMark(item_id, legacy, contact_only))
        if leading is not None:
            mark.ratios.append((leading, following, quantity))
    return list(found.values())


def education_categories_offered() -> list[EducationCategory]:
    """Give the groups that may ask for education terms, as the catalogue orders them."""
    return list(EducationCategory.objects.filter(offered=True).order_by("position", "key"))
