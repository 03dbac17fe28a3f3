"""The vendor's table: legal entity, contacts, links, logo and colours. Pure."""

from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, ValidationInfo, field_validator

from torhaus.journeys.import_data import cells
from torhaus.journeys.import_data.colours import contrast_problem
from torhaus.journeys.import_data.rows import (
    Country,
    Key40,
    OptionalMail,
    OptionalUrl,
    Row,
    YesNo,
    counted,
    localised,
    may,
    named,
    need,
    one_of,
    plain,
    reader,
)
from torhaus.journeys.import_data.support_fields import OFFICE_HOURS, read_holidays, read_hours, read_reasons
from torhaus_sdk.tokens import PREFIX

ZONES = frozenset(available_timezones())
Colour = Annotated[str, reader(cells.read_colour, empty="")]


def _zone(value: str) -> str:
    if value not in ZONES:
        raise ValueError(f"expected a time zone such as Europe/Berlin, found {cells.shown(value)}")
    return value


def _prefix(value: str) -> str:
    if not PREFIX.fullmatch(value):
        raise ValueError(f"expected 2 to 16 of a-z and 0-9, a letter first, found {cells.shown(value)}")
    return value


def _links(value: dict[str, str]) -> dict[str, str]:
    return {key: cells.read_link(link) for key, link in sorted(value.items()) if link}


class VendorRow(Row):
    """The vendor's profile."""

    key: Key40 = need("a short key of the vendor, e.g. acme")
    name: Annotated[str, named(80)] = need("the name customers know")
    portal_title: Annotated[dict[str, str], localised(60)] = may("title of the portal, in each language", {})
    legal_name: Annotated[str, named(160)] = need("name of the legal entity")
    street: Annotated[str, plain(160)] = may("street and number")
    postal_code: Annotated[str, plain(20)] = may("postal code")
    city: Annotated[str, plain(80)] = may("city")
    country: Country = need("country, two capital letters")
    vat_id: Annotated[str, plain(20)] = may("VAT identification number")
    register_entry: Annotated[str, plain(160)] = may("entry in the commercial register")
    represented_by: Annotated[str, plain(200)] = may("who represents the legal entity")
    mail: Annotated[str, reader(cells.read_mail)] = need("mail address of the vendor")
    phone: Annotated[str, plain(40)] = may("telephone")
    website: OptionalUrl = may("web site")
    time_zone: Annotated[str, named(60), AfterValidator(_zone)] = may("time zone of all days", "Europe/Berlin")
    language: Annotated[str, one_of("de", "en")] = may("default language: de or en", "en")
    currency: Annotated[str, reader(cells.read_currency)] = may("default currency (ISO 4217)", "EUR")
    token_prefix: Annotated[str, named(16), AfterValidator(_prefix)] = may(
        "begin of licence tokens: 2 to 16 of a-z and 0-9, a letter first", "tor"
    )
    sales_name: Annotated[str, plain(120)] = may("who sells")
    sales_mail: OptionalMail = may("mail address of sales")
    sales_phone: Annotated[str, plain(40)] = may("telephone of sales")
    support_mail: OptionalMail = may("mail address of support")
    support_phone: Annotated[str, plain(40)] = may("telephone of support")
    links: Annotated[dict[str, str], AfterValidator(_links)] = may(
        "links by name: privacy, legal_notice, help (knowledge base), help_center, …", {}
    )
    logo: Annotated[str, plain(200)] = may("file beside this one: PNG, JPEG or WebP, at most 200 kB")
    accent_light: Colour = may("accent colour on white, #rrggbb, contrast at least 4.5 : 1")
    accent_dark: Colour = may("accent colour on #171d26, contrast at least 4.5 : 1")
    bar_color: Colour = may("colour of the bar under #eef1f6, contrast at least 4.5 : 1")
    billing_access: Annotated[str, one_of("owner", "owner_and_billing")] = may(
        "who enters billing pages: owner or owner_and_billing", "owner_and_billing"
    )
    token_sees_invoices: YesNo = may("whether a licence token opens invoices", default=True)
    grace_days: Annotated[int, counted(3660)] = may(
        "days a product goes on after its licence ended, where the contract says nothing", 30
    )
    business_hours: Annotated[dict[str, list[list[str]]], reader(read_hours, empty=OFFICE_HOURS)] = may(
        "when support works, for mon to sun: `09:00-17:00`, or several spans; `{}` is day and night", OFFICE_HOURS
    )
    holidays: Annotated[list[str], reader(read_holidays, empty=[])] = may("days on which support does not work", [])
    support_reasons: Annotated[list[dict[str, Any]], reader(read_reasons, empty=[])] = may(
        "what a ticket can be about: a name in each language, by key; without any there is a usual choice", []
    )

    education_terms: YesNo = may(
        "whether customers may ask for education terms, for the groups in `education_categories`", default=False
    )
    keep_from_year: Annotated[int | None, reader(cells.read_whole, empty=None, least=1990, most=9999)] = may(
        "while a tax audit is open: nothing of this year or later is purged; an empty text once it is over", None
    )

    @field_validator("accent_light", "accent_dark", "bar_color")
    @classmethod
    def _readable(cls, value: str, info: ValidationInfo) -> str:
        problem = contrast_problem(str(info.field_name), value) if value else ""
        if problem:
            raise ValueError(problem)
        return value
