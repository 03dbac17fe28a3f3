"""The tables of the catalogue, prices and releases. Pure."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, model_validator

from torhaus.journeys.import_data import cells
from torhaus.journeys.import_data.rows import (
    SMALL,
    Country,
    Key,
    Key40,
    OptionalKey,
    OptionalUrl,
    Row,
    YesNo,
    counted,
    localised,
    may,
    named,
    need,
    not_empty,
    one_of,
    plain,
    reader,
)

Names = Annotated[dict[str, str], localised(160), AfterValidator(not_empty)]
Prose = Annotated[dict[str, str], localised(2000)]
PACKAGE_KINDS = ("installation", "update", "windows_installer", "appliance", "other")


class ProductRow(Row):
    """A product."""

    key: Key40 = need("key of the product, e.g. acme-cmdb")
    name: Names = need("name, one for all languages or one for each")
    description: Prose = may("description", {})


class MeterRow(Row):
    """Something that is counted."""

    key: Key40 = need("key of the meter, e.g. objects")
    name: Names = need("name, e.g. Objects")
    unit: Annotated[dict[str, str], localised(40)] = may("unit, e.g. GB", {})
    kind: Annotated[str, one_of("gauge", "counter")] = may(
        "gauge: a reading says how much there is; counter: how much was added since the month began", "gauge"
    )


class AllowanceRow(Row):
    """How much of a meter an item brings."""

    quantity: Annotated[int, counted()] = need("how much")
    per_unit: YesNo = may("for each booked unit", default=False)


def _allowances(value: Any) -> Any:
    """Let a bare number stand for a fixed allowance; an empty cell is none."""
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        return value
    return {
        meter: amount if isinstance(amount, dict) else {"quantity": amount}
        for meter, amount in sorted(value.items())
        if amount != ""
    }


Allowances = Annotated[dict[str, AllowanceRow], BeforeValidator(_allowances)]


class ItemRow(Row):
    """Anything that can be booked."""

    key: Key = need("key, unique among all that can be booked")
    name: Names = need("name, one for all languages or one for each")
    description: Prose = may("description", {})
    product: OptionalKey = may("key of the product it belongs to", None)
    position: Annotated[int, counted(SMALL)] = may("place in lists, smallest first", 0)
    allowances: Allowances = may("how much of each meter it brings: number, or {quantity, per_unit}", {})


class PlanRow(ItemRow):
    """A plan."""

    legacy: YesNo = may("no longer sold", default=False)
    contact_only: YesNo = may("no list price: customers ask sales", default=False)
    seat_ratios: Annotated[
        dict[str, dict[str, Annotated[int, counted(SMALL)]]], BeforeValidator(lambda value: value or {})
    ] = may("seats that follow others: {full = {guest = 2}} gives 2 guest seats for each full one", {})


class AddOnRow(ItemRow):
    """An add-on."""

    vendor_name: Annotated[str, plain(120)] = may("who makes it, if not the vendor")
    free: YesNo = may("costs nothing", default=False)
    trial: YesNo = may("can be tried", default=False)
    labels: Annotated[list[str], reader(cells.read_list, empty=[], most=40)] = may("labels to filter by", [])


def _countries(value: list[str]) -> list[str]:
    return [cells.read_country(one) for one in value]


class SupportPackageRow(ItemRow):
    """A support package."""

    response_hours: Annotated[int, counted(SMALL)] = need("hours until the first answer")
    countries: Annotated[list[Country], reader(cells.read_list, empty=[], most=2), AfterValidator(_countries)] = may(
        "countries it is offered in; none given: everywhere", []
    )
    popular: YesNo = may("recommended", default=False)
    test_installations: Annotated[int, counted(SMALL)] = may(
        "how many test installations come with it that do not count", 0
    )


class SeatKindRow(ItemRow):
    """A kind of seat."""

    bookable: YesNo = may("can be bought; false: it only follows another", default=True)
    personal: YesNo = may("held by a person; false: by a thing with a name, such as a data room", default=True)
    release_deletes: YesNo = may("the product deletes what a seat owns when it is released", default=False)


class OtherItemRow(ItemRow):
    """A tenant or a service."""

    kind: Annotated[str, one_of("tenant", "service")] = need("tenant or service")


Amount = Annotated[Decimal, reader(cells.read_decimal, places=4, least=Decimal(0))]


class PriceRow(Row):
    """A list price."""

    item: Key = need("key of what it is the price of")
    currency: Annotated[str | None, reader(cells.read_currency, empty=None)] = may(
        "currency; the vendor's if left out", None
    )
    months: Annotated[int, counted(120, 0)] = need("length of a period in months, e.g. 12; 0: once")
    first: Amount = need("amount of the first period, net")
    recurring: Annotated[Decimal | None, reader(cells.read_decimal, empty=None, places=4, least=Decimal(0))] = may(
        "amount of the following periods, net; the same if left out", None
    )
    per_unit: YesNo = may("for each booked unit", default=False)
    valid_from: Annotated[Any, reader(cells.read_day)] = need("first day it is valid")


class EducationCategoryRow(Row):
    """A group of customers that may ask for education terms, if the vendor's `education_terms` offers them."""

    key: Key40 = need("key of the group, e.g. schools")
    name: Names = need("name, one for all languages or one for each")
    description: Prose = may("who belongs to it", {})
    needs_proof: YesNo = may("whether whoever asks has to upload a proof", default=True)
    proof: Prose = may("what counts as proof", {})
    percent: Annotated[int, counted(100)] = may("how many percent the list price is less, usually", 0)
    offered: YesNo = may("false: nobody can ask for it any more; whoever has it keeps it until its end", default=True)
    position: Annotated[int, counted(SMALL)] = may("place in lists, smallest first", 0)


class PackageRow(Row):
    """A file of a release."""

    kind: Annotated[str, one_of(*PACKAGE_KINDS)] = need(f"one of {', '.join(PACKAGE_KINDS)}")
    url: Annotated[str, reader(cells.read_url)] = need("where it lies")
    bytes: Annotated[int, counted(least=1)] = need("size in bytes")
    sha256: Annotated[str, reader(cells.read_sha256)] = need("SHA-256 in hexadecimal")


def _packages(value: Any) -> Any:
    """Let packages be a table by kind (as CSV columns give it) or a list."""
    if value is None or value == "":
        return []
    if not isinstance(value, dict):
        return value
    wanted = {kind: one for kind, one in value.items() if not isinstance(one, dict) or any(one.values())}
    return [{"kind": kind, **one} if isinstance(one, dict) else one for kind, one in sorted(wanted.items())]


class ReleaseRow(Row):
    """A published version."""

    product: Key40 = need("key of the product")
    version: Annotated[str, named(40)] = need("version, e.g. 34.1; in TOML and YAML in quotes")
    channel: Annotated[str, one_of("stable", "rc", "beta")] = may("stable, rc or beta", "stable")
    published_on: Annotated[Any, reader(cells.read_day)] = need("day it was published")
    security: YesNo = may("mends a weakness", default=False)
    notes: Annotated[dict[str, str], localised(4000)] = may("what is new, in each language", {})
    notes_url: OptionalUrl = may("address of the release notes")
    packages: Annotated[list[PackageRow], BeforeValidator(_packages)] = may(
        "files: kind, url, bytes, sha256; in CSV as columns packages.installation.url and so on", []
    )

    @model_validator(mode="after")
    def _each_package_once(self) -> "ReleaseRow":
        places = [(package.kind, package.url) for package in self.packages]
        if len(set(places)) < len(places):
            raise ValueError("expected each package once")
        return self
