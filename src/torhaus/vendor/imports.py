"""Bulk writes and their reads for the import: the vendor's profile."""

from typing import Any

from django.forms.models import model_to_dict

from torhaus.records.deeds import part
from torhaus.vendor.actions import mark_vendor_changed
from torhaus.vendor.models import Vendor

Values = dict[str, Any]


def stored_vendor() -> Values | None:
    """Give the vendor's profile by field, or None if there is none yet."""
    vendor = Vendor.objects.first()
    return None if vendor is None else model_to_dict(vendor)


@part
def put_vendor(*, values: Values) -> None:
    """Write the vendor's profile; fields that are not named keep their value."""
    Vendor.objects.update_or_create(single=1, defaults=values)
    mark_vendor_changed()
