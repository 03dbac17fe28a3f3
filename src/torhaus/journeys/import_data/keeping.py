"""Which room keeps which table: how to read what is stored, and how to write it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from torhaus.billing import imports as billing
from torhaus.catalogue import imports as catalogue
from torhaus.journeys.import_data.rows import Values
from torhaus.licensing import imports as licensing
from torhaus.organisations import imports as organisations
from torhaus.records.deeds import part
from torhaus.releases import imports as releases
from torhaus.subscriptions import imports as subscriptions
from torhaus.usage import imports as usage
from torhaus.vendor import imports as vendor

Rows = Sequence[Values]
RowKey = tuple[Any, ...]


class Keeper(NamedTuple):
    """``key`` names the fields of a stored row's key, ``stored`` reads by it, ``put`` writes new and changed rows."""

    key: tuple[str, ...]
    stored: Callable[[Rows], Mapping[Any, Values]]
    put: Callable[[Rows], None]

    def key_of(self, row: Values) -> RowKey:
        """Give the key of a row."""
        return tuple(row[name] for name in self.key)

    def read(self, rows: Rows) -> dict[RowKey, Values]:
        """Give what is stored of ``rows``, by key."""
        return {key if isinstance(key, tuple) else (key,): row for key, row in self.stored(rows).items()}


def _column(name: str, read: Callable[[list[str]], Mapping[Any, Values]]) -> Callable[[Rows], Mapping[Any, Values]]:
    return lambda rows: read(list(dict.fromkeys(row[name] for row in rows)))


def _stored_vendor(_rows: Rows) -> dict[RowKey, Values]:
    stored = vendor.stored_vendor()
    return {} if stored is None else {(): stored}


@part
def _put_vendor(rows: Rows) -> None:
    for row in rows:
        vendor.put_vendor(values=row)


def _stored_customers(numbers: list[str]) -> dict[str, Values]:
    accounts = billing.stored_accounts_across_customers(numbers)
    none = {"payment_method": None, "invoice_format": None, "invoice_mail": None}
    customers = organisations.stored_customers_across_customers(numbers)
    return {number: row | accounts.get(number, none) for number, row in customers.items()}


@part
def _put_customers(rows: Rows) -> None:
    organisations.put_customers(rows=rows)
    billing.put_accounts(rows=rows)


_ITEMS = Keeper(("key",), _column("key", catalogue.stored_items), lambda rows: catalogue.put_items(rows=rows))
KEEPERS: Mapping[str, Keeper] = {
    "vendor": Keeper((), _stored_vendor, _put_vendor),
    "products": Keeper(
        ("key",), _column("key", catalogue.stored_products), lambda rows: catalogue.put_products(rows=rows)
    ),
    "meters": Keeper(("key",), _column("key", catalogue.stored_meters), lambda rows: catalogue.put_meters(rows=rows)),
    "seat_kinds": _ITEMS,
    "add_ons": _ITEMS,
    "support_packages": _ITEMS,
    "other_items": _ITEMS,
    "plans": _ITEMS,
    "prices": Keeper(
        ("item", "currency", "months", "valid_from"),
        _column("item", catalogue.stored_prices),
        lambda rows: catalogue.put_prices(rows=rows),
    ),
    "education_categories": Keeper(
        ("key",),
        _column("key", catalogue.stored_education_categories),
        lambda rows: catalogue.put_education_categories(rows=rows),
    ),
    "releases": Keeper(
        ("product", "version"),
        _column("product", releases.stored_releases),
        lambda rows: releases.put_releases(rows=rows),
    ),
    "customers": Keeper(("number",), _column("number", _stored_customers), _put_customers),
    "addresses": Keeper(
        ("customer", "kind"),
        _column("customer", organisations.stored_addresses_across_customers),
        lambda rows: organisations.put_addresses(rows=rows),
    ),
    "contacts": Keeper(
        ("customer", "role", "mail"),
        _column("customer", organisations.stored_contacts_across_customers),
        lambda rows: organisations.put_contacts(rows=rows),
    ),
    "contracts": Keeper(
        ("number",),
        _column("number", subscriptions.stored_contracts_across_customers),
        lambda rows: subscriptions.put_contracts(rows=rows),
    ),
    "contract_items": Keeper(
        ("contract", "line"),
        _column("contract", subscriptions.stored_lines_across_customers),
        lambda rows: subscriptions.append_bookings(rows=rows),
    ),
    "policies": Keeper(
        ("plan", "contract"),
        licensing.stored_policies_across_customers,
        lambda rows: licensing.put_policies(rows=rows),
    ),
    "usage": Keeper(
        ("contract", "meter", "on"),
        usage.stored_readings_across_customers,
        lambda rows: usage.put_readings(rows=rows),
    ),
    "invoices": Keeper(
        ("number",),
        _column("number", billing.stored_invoices_across_customers),
        lambda rows: billing.put_invoices(rows=rows),
    ),
    "invoice_lines": Keeper(
        ("invoice", "position"),
        _column("invoice", billing.stored_invoice_lines_across_customers),
        lambda rows: billing.put_invoice_lines(rows=rows),
    ),
}
