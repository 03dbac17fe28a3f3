"""The tables of customers, contracts, their items, and usage. Pure."""

from datetime import date
from typing import Annotated

from pydantic import model_validator

from torhaus.journeys.import_data import cells
from torhaus.journeys.import_data.rows import (
    Country,
    Key40,
    Language,
    OptionalKey,
    OptionalMail,
    OptionalWhole,
    Row,
    YesNo,
    counted,
    may,
    named,
    need,
    numbered,
    one_of,
    plain,
    reader,
)

Day = Annotated[date, reader(cells.read_day)]
OptionalDay = Annotated[date | None, reader(cells.read_day, empty=None)]
CustomerNumber = Annotated[str, numbered(40)]
ContractNumber = Annotated[str, numbered(60)]
OptionalContractNumber = Annotated[str | None, reader(cells.read_number, empty=None, most=60)]
ITEM_KINDS = ("plan", "add_on", "support", "seat", "tenant", "service")


class CustomerRow(Row):
    """A customer."""

    number: CustomerNumber = need("number of the customer, unique")
    name: Annotated[str, named(160)] = need("name of the company or person")
    language: Language = may("de or en; the vendor's if left out", None)
    vat_id: Annotated[str, plain(20)] = may("VAT identification number")
    payment_method: Annotated[str, one_of("bank_transfer", "direct_debit", "card")] = may(
        "bank_transfer, direct_debit or card", "bank_transfer"
    )
    invoice_format: Annotated[str, one_of("email", "portal", "post")] = may("email, portal or post", "email")
    invoice_mail: OptionalMail = may("where invoices are sent")


class AddressRow(Row):
    """A postal address of a customer."""

    customer: CustomerNumber = need("number of the customer")
    kind: Annotated[str, one_of("billing", "delivery")] = may("billing or delivery", "billing")
    recipient: Annotated[str, named(160)] = need("who receives")
    extra: Annotated[str, plain(160)] = may("a second line, e.g. the department")
    street: Annotated[str, plain(160)] = may("street and number")
    postal_code: Annotated[str, plain(20)] = may("postal code; in TOML and YAML in quotes")
    city: Annotated[str, named(80)] = need("city")
    country: Country = need("country, two capital letters")


class ContactRow(Row):
    """A person or mailbox at a customer."""

    customer: CustomerNumber = need("number of the customer")
    role: Annotated[str, one_of("main", "billing", "technical")] = may("main, billing or technical", "main")
    name: Annotated[str, named(120)] = need("name")
    mail: Annotated[str, reader(cells.read_mail)] = need("mail address")
    phone: Annotated[str, plain(40)] = may("telephone")
    language: Annotated[str, one_of("de", "en", empty="")] = may("de or en; the customer's if left out")


class ContractRow(Row):
    """A contract."""

    number: ContractNumber = need("number of the contract, unique")
    customer: CustomerNumber = need("number of the customer")
    product: Key40 = need("key of the product")
    kind: Annotated[str, one_of("subscription", "evaluation", "perpetual", "hosting")] = may(
        "subscription, evaluation, perpetual or hosting", "subscription"
    )
    term_months: Annotated[int | None, reader(cells.read_whole, empty=None, least=1, most=1200)] = may(
        "length of a term in months; perpetual: none", None
    )
    starts_on: Day = need("first day")
    ends_on: OptionalDay = may("last day of the term as last agreed; perpetual: none", None)
    auto_renews: YesNo = may("renews by itself", default=False)
    notice_days: OptionalWhole = may("days of notice before the end of the term", None)
    cancelled_to: OptionalDay = may("last day, if it was cancelled", None)
    maintenance_until: OptionalDay = may("perpetual: last day whose versions may be fetched; without it all", None)
    offline_days: Annotated[int | None, reader(cells.read_whole, empty=None, least=1, most=3660)] = may(
        "how many days an offline licence lasts; 30 if left out", None
    )
    grace_days: Annotated[int | None, reader(cells.read_whole, empty=None, most=3660)] = may(
        "how many days the product goes on after the end; the vendor's grace_days if left out", None
    )

    @model_validator(mode="after")
    def _agrees(self) -> "ContractRow":
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError(f"expected ends_on on or after starts_on, {self.starts_on}; found {self.ends_on}")
        if self.auto_renews and (self.term_months is None or self.ends_on is None):
            raise ValueError("a contract that renews by itself needs term_months and ends_on")
        if self.auto_renews and self.kind == "evaluation":
            raise ValueError("an evaluation ends: auto_renews must be false")
        if self.ends_on is None and self.kind in {"subscription", "evaluation"}:
            raise ValueError(f"a contract of kind {self.kind} needs ends_on")
        if self.cancelled_to is not None and self.cancelled_to < self.starts_on:
            raise ValueError(f"expected cancelled_to on or after starts_on, {self.starts_on}")
        return self


class ContractItemRow(Row):
    """One line of a contract."""

    contract: ContractNumber = need("number of the contract")
    line: Annotated[str, numbered(60)] = need("name of the line within the contract, e.g. 10 or plan")
    item: OptionalKey = may("key of what is booked; or name and type instead", None)
    name: Annotated[str, plain(160)] = may("name, where nothing in the catalogue fits")
    type: Annotated[str | None, one_of(*ITEM_KINDS, empty=None)] = may(
        f"{', '.join(ITEM_KINDS)}; needed where item is left out", None
    )
    quantity: Annotated[int, counted()] = need("how many")
    active_from: OptionalDay = may("first day", None)
    until: OptionalDay = may("last day; this is how a line ends", None)

    @model_validator(mode="after")
    def _agrees(self) -> "ContractItemRow":
        if self.item is None and (not self.name or self.type is None):
            raise ValueError("expected item, or name and type")
        if self.until is not None and self.active_from is not None and self.until < self.active_from:
            raise ValueError(f"expected until on or after active_from, {self.active_from}; found {self.until}")
        return self


class ReadingRow(Row):
    """How much a contract used on a day."""

    contract: ContractNumber = need("number of the contract")
    meter: Key40 = need("key of the meter")
    on: Day = need("day of the reading")
    quantity: Annotated[int, counted()] = need(
        "how much was in use; what a product reported of that day itself stands against it"
    )
