"""Reads of the vendor's profile."""

from torhaus.vendor.models import Vendor


class NoVendor(RuntimeError):
    """No vendor is loaded yet: ``torhaus init`` or ``torhaus import`` comes first."""


def the_vendor() -> Vendor:
    """Give the one vendor of this installation.

    Raises:
        NoVendor: none is loaded.
    """
    vendor = Vendor.objects.first()
    if vendor is None:
        raise NoVendor("no vendor is loaded; run `torhaus init` or `torhaus import`")
    return vendor
