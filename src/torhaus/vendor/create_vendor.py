"""The deed ``create_vendor``: a profile with the least an installation needs, until files bring the rest."""

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from torhaus.records.deeds import Actor, deed, write_record
from torhaus.vendor.models import Vendor
from torhaus_sdk.tokens import PREFIX


class VendorExists(Exception):
    """The installation has its vendor; from now on its files change it."""


@deed("create_vendor")
def create_vendor(*, legal_name: str, country: str, mail: str, token_prefix: str, language: str, by: Actor) -> Vendor:
    """Create the one vendor; checked like any profile (Django's ValidationError names the field).

    Raises:
        VendorExists: there is one.
    """
    if Vendor.objects.exists():
        raise VendorExists
    if not PREFIX.fullmatch(token_prefix):
        raise ValidationError({"token_prefix": "Two to 16 of a to z and 0 to 9, a letter first."})
    vendor = Vendor(
        key=slugify(legal_name)[:40] or "vendor",
        name=legal_name[:80],
        legal_name=legal_name,
        country=country.upper(),
        mail=mail,
        token_prefix=token_prefix,
        language=language,
        portal_title={"en": "Customer portal", "de": "Kundenportal"},
    )
    vendor.full_clean(exclude=["links"])
    vendor.save(force_insert=True)
    write_record(by=by, subject=("vendor", vendor.key), after={"legal_name": legal_name, "country": vendor.country})
    return vendor
