"""Reads of what the vendor sells. The catalogue belongs to no customer."""

from collections.abc import Collection
from datetime import date

from torhaus.catalogue.models import Allowance, Meter, Price


def allowances_of(item_ids: Collection[int]) -> list[Allowance]:
    """Give what these items bring of each meter, with the meters."""
    return list(Allowance.objects.filter(item_id__in=item_ids).select_related("meter").order_by("meter__key"))


def prices_on(item_ids: Collection[int], *, currency: str, months: int, on: date) -> dict[int, Price]:
    """Give the list price of each item for a period of ``months`` that is valid on a day; items without are left out."""
    found = Price.objects.filter(item_id__in=item_ids, currency=currency, months=months, valid_from__lte=on)
    return {price.item_id: price for price in found.order_by("valid_from")}


def meters_by_key(meter_ids: Collection[int]) -> dict[int, Meter]:
    """Give meters by their primary keys."""
    return Meter.objects.in_bulk(meter_ids)
