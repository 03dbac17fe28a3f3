"""Bulk writes and their reads for the import: products, meters, everything bookable, prices."""

from collections.abc import Mapping, Sequence
from typing import Any

from torhaus.catalogue.models import (
    AddOn,
    Allowance,
    EducationCategory,
    Item,
    ItemKind,
    Meter,
    Plan,
    Price,
    Product,
    SeatKind,
    SeatRatio,
    SupportPackage,
)
from torhaus.records.deeds import part
from torhaus.vendor.actions import mark_vendor_changed

Values = dict[str, Any]
DETAILS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    ItemKind.PLAN: (Plan, ("legacy", "contact_only")),
    ItemKind.ADD_ON: (AddOn, ("vendor_name", "free", "trial", "labels")),
    ItemKind.SUPPORT: (SupportPackage, ("response_hours", "countries", "popular", "test_installations")),
    ItemKind.SEAT: (SeatKind, ("bookable", "personal", "release_deletes")),
}


def product_ids(keys: Sequence[str]) -> dict[str, int]:
    """Give the primary keys of products by key."""
    return dict(Product.objects.filter(key__in=keys).values_list("key", "pk"))


def meter_ids(keys: Sequence[str]) -> dict[str, int]:
    """Give the primary keys of meters by key."""
    return dict(Meter.objects.filter(key__in=keys).values_list("key", "pk"))


def item_ids(keys: Sequence[str]) -> dict[str, int]:
    """Give the primary keys of items by key."""
    return dict(Item.objects.filter(key__in=keys).values_list("key", "pk"))


def item_kinds() -> dict[str, str]:
    """Give the kind of every item by key."""
    return dict(Item.objects.values_list("key", "kind"))


def stored_products(keys: Sequence[str]) -> dict[str, Values]:
    """Give products by key."""
    return {row["key"]: dict(row) for row in Product.objects.filter(key__in=keys).values("key", "name", "description")}


def stored_meters(keys: Sequence[str]) -> dict[str, Values]:
    """Give meters by key."""
    return {row["key"]: dict(row) for row in Meter.objects.filter(key__in=keys).values("key", "name", "unit", "kind")}


def stored_items(keys: Sequence[str]) -> dict[str, Values]:
    """Give items by key, with the details of their kind, allowances and ratios."""
    found: dict[str, Values] = {}
    items = Item.objects.filter(key__in=keys).select_related("product").prefetch_related("allowances__meter")
    for item in items:
        values: Values = {
            "key": item.key,
            "kind": item.kind,
            "name": item.name,
            "description": item.description,
            "product": item.product.key if item.product else None,
            "position": item.position,
            "allowances": {
                one.meter.key: {"quantity": one.quantity, "per_unit": one.per_unit} for one in item.allowances.all()
            },
        }
        for kind, (model, names) in DETAILS.items():
            if item.kind == kind:
                detail = model.objects.filter(item=item).first()
                values |= {name: getattr(detail, name) for name in names} if detail else {}
        if item.kind == ItemKind.PLAN:
            values["seat_ratios"] = {}
        found[item.key] = values
    ratios = SeatRatio.objects.filter(plan__item__key__in=keys)
    for plan, leading, following, quantity in ratios.values_list(
        "plan__item__key", "leading__key", "following__key", "quantity"
    ):
        found[plan]["seat_ratios"].setdefault(leading, {})[following] = quantity
    return found


def stored_prices(items: Sequence[str]) -> dict[tuple[str, str, int, str], Values]:
    """Give all prices of some items by item, currency, months and first day."""
    names = ("item__key", "currency", "months", "valid_from", "first_cents", "recurring_cents", "per_unit")
    rows = Price.objects.filter(item__key__in=items).values_list(*names)
    return {
        (item, currency, months, since.isoformat()): {
            "item": item,
            "currency": currency,
            "months": months,
            "valid_from": since.isoformat(),
            "first_cents": first,
            "recurring_cents": recurring,
            "per_unit": per_unit,
        }
        for item, currency, months, since, first, recurring, per_unit in rows
    }


@part
def put_products(*, rows: Sequence[Values]) -> None:
    """Write products, new and changed."""
    Product.objects.bulk_create(
        [Product(**row) for row in rows],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["name", "description"],
    )
    mark_vendor_changed()


@part
def put_meters(*, rows: Sequence[Values]) -> None:
    """Write meters, new and changed."""
    Meter.objects.bulk_create(
        [Meter(**row) for row in rows],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["name", "unit", "kind"],
    )
    mark_vendor_changed()


@part
def put_items(*, rows: Sequence[Values]) -> None:
    """Write items, new and changed, with details, allowances and ratios."""
    products = product_ids([row["product"] for row in rows if row["product"]])
    plain = ("key", "kind", "name", "description", "position")
    Item.objects.bulk_create(
        [Item(product_id=products.get(row["product"]), **{name: row[name] for name in plain}) for row in rows],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["product", "name", "description", "position"],
    )
    ids = item_ids([row["key"] for row in rows])
    for row in rows:
        _put_details(ids[row["key"]], row)
        _put_allowances(ids[row["key"]], row["allowances"])
    mark_vendor_changed()


def _put_details(item: int, row: Values) -> None:
    if row["kind"] not in DETAILS:
        return
    model, names = DETAILS[row["kind"]]
    detail, _ = model.objects.update_or_create(item_id=item, defaults={name: row[name] for name in names})
    if not isinstance(detail, Plan):
        return
    ratios = [(leading, following, n) for leading, more in row["seat_ratios"].items() for following, n in more.items()]
    seats = item_ids([name for leading, following, _ in ratios for name in (leading, following)])
    SeatRatio.objects.filter(plan=detail).delete()
    SeatRatio.objects.bulk_create(
        SeatRatio(plan=detail, leading_id=seats[leading], following_id=seats[following], quantity=quantity)
        for leading, following, quantity in ratios
    )


def _put_allowances(item: int, allowances: Mapping[str, Values]) -> None:
    meters = meter_ids(list(allowances))
    Allowance.objects.filter(item_id=item).delete()
    Allowance.objects.bulk_create(
        Allowance(item_id=item, meter_id=meters[meter], **amount) for meter, amount in allowances.items()
    )


@part
def put_prices(*, rows: Sequence[Values]) -> None:
    """Write prices, new and changed."""
    ids = item_ids([row["item"] for row in rows])
    Price.objects.bulk_create(
        [Price(item_id=ids[row["item"]], **{name: row[name] for name in row if name != "item"}) for row in rows],
        update_conflicts=True,
        unique_fields=["item", "currency", "months", "valid_from"],
        update_fields=["first_cents", "recurring_cents", "per_unit"],
    )


_EDUCATION = ("key", "name", "description", "needs_proof", "proof", "percent", "offered", "position")


def stored_education_categories(keys: Sequence[str]) -> dict[str, Values]:
    """Give groups with education terms by key."""
    rows = EducationCategory.objects.filter(key__in=keys).values(*_EDUCATION)
    return {row["key"]: dict(row) for row in rows}


@part
def put_education_categories(*, rows: Sequence[Values]) -> None:
    """Write groups with education terms, new and changed."""
    EducationCategory.objects.bulk_create(
        [EducationCategory(**row) for row in rows],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=_EDUCATION[1:],
    )
