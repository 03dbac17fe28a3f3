"""The tables of invoices that the vendor's own system issued. Pure."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, model_validator

from torhaus.journeys.import_data import cells
from torhaus.journeys.import_data.customer_tables import Day, OptionalDay
from torhaus.journeys.import_data.rows import SMALL, Row, counted, may, need, numbered, one_of, plain, reader

Money = Annotated[Decimal, reader(cells.read_decimal, places=4)]
OptionalMoney = Annotated[Decimal | None, reader(cells.read_decimal, empty=None, places=4)]


def _rate(value: Decimal) -> Decimal:
    if value > 100:
        raise ValueError(f"expected a rate of at most 100 per cent, found {value}")
    return value


class InvoiceRow(Row):
    """An invoice."""

    number: Annotated[str, numbered(60)] = need("number of the invoice, unique")
    customer: Annotated[str, reader(cells.read_number, empty="", most=40)] = may("number of the customer")
    contract: Annotated[str, reader(cells.read_number, empty="", most=60)] = may("number of the contract it bills")
    customer_name: Annotated[str, plain(110)] = may("name on the invoice, a hint for matching it by hand")
    issued_on: Day = need("day it was issued")
    due_on: OptionalDay = may("day it is due", None)
    currency: Annotated[str | None, reader(cells.read_currency, empty=None)] = may(
        "currency; the vendor's if left out", None
    )
    net: OptionalMoney = may("net amount", None)
    vat: OptionalMoney = may("value added tax", None)
    gross: Money = need("gross amount; negative for a credit note")
    status: Annotated[str, one_of("open", "paid", "cancelled", "credited")] = may(
        "open, paid, cancelled or credited", "open"
    )
    paid_on: OptionalDay = may("day it was paid", None)
    pdf: Annotated[str, plain(200)] = may("file name of the PDF, beside this file or in a folder beside it")

    @model_validator(mode="after")
    def _agrees(self) -> "InvoiceRow":
        if self.net is not None and self.vat is not None and self.net + self.vat != self.gross:
            raise ValueError(f"expected gross to be net + vat, {self.net + self.vat}; found {self.gross}")
        if self.due_on is not None and self.due_on < self.issued_on:
            raise ValueError(f"expected due_on on or after issued_on, {self.issued_on}; found {self.due_on}")
        if self.paid_on is not None and self.status != "paid":
            raise ValueError(f"expected no paid_on, as the status is {self.status}")
        return self


class InvoiceLineRow(Row):
    """A position of an invoice."""

    invoice: Annotated[str, numbered(60)] = need("number of the invoice")
    position: Annotated[int, counted(SMALL, 1)] = need("place on the invoice: 1, 2, 3 …")
    text: Annotated[str, reader(cells.read_filled, most=400)] = need("what it is for")
    quantity: Annotated[Decimal, reader(cells.read_decimal, places=4)] = need("how many")
    unit: Annotated[str, plain(40)] = may("unit, e.g. year")
    unit_price: Annotated[Decimal, reader(cells.read_decimal, places=4)] = need("net price of one unit")
    vat_rate: Annotated[Decimal, reader(cells.read_decimal, places=2, least=Decimal(0)), AfterValidator(_rate)] = need(
        "rate of the value added tax in per cent, e.g. 19"
    )
