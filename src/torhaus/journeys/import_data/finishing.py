"""Turns valid rows into what is stored: resolves references, applies the vendor's defaults, counts money in cents."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from torhaus.billing.imports import (
    currencies_of_invoices_across_customers,
    invoice_ids_across_customers,
    plain,
)
from torhaus.catalogue.imports import item_ids, item_kinds, meter_ids, product_ids
from torhaus.core.money import minor_digits, to_cents
from torhaus.journeys.import_data.cells import shown
from torhaus.journeys.import_data.rows import Values
from torhaus.journeys.import_data.staging import Entry, Staging
from torhaus.journeys.import_data.tables import ITEM_KIND_OF, TABLES, Table
from torhaus.organisations.imports import customer_ids_across_customers
from torhaus.subscriptions.imports import contract_ids_across_customers, customers_of_contracts_across_customers
from torhaus.vendor.imports import stored_vendor

Keys = Sequence[str]
STORED_KEYS: Mapping[str, Callable[[Keys], dict[str, int]]] = {
    "products": product_ids,
    "meters": meter_ids,
    "items": item_ids,
    "customers": customer_ids_across_customers,
    "contracts": contract_ids_across_customers,
    "invoices": invoice_ids_across_customers,
}
ONE_OF = {
    "products": "product",
    "meters": "meter",
    "items": "item",
    "customers": "customer",
    "contracts": "contract",
    "invoices": "invoice",
}
LONGEST_HINT = 160


@dataclass
class Context:
    """What finishing needs to know beside the row."""

    staging: Staging
    language: str
    currency: str
    kinds: dict[str, str] = field(default_factory=dict)

    def known(self, space: str, keys: Keys) -> set[str]:
        """Give those keys that stand in the files or are stored."""
        found = set(self.staging.find(space, keys))
        missing = [key for key in keys if key not in found]
        return found | set(STORED_KEYS[space](missing) if missing else ())

    def customers_of_contracts(self, numbers: Keys) -> dict[str, str]:
        """Give the customers of contracts by number, as the files say, else as stored."""
        staged = self.staging.find("contracts", numbers)
        found = {number: values["customer"] for number, values in staged.items() if values is not None}
        missing = [number for number in numbers if number not in found]
        return found | (customers_of_contracts_across_customers(missing) if missing else {})

    def currencies_of_invoices(self, numbers: Keys) -> dict[str, str]:
        """Give the currencies of invoices by number, as the files say, else as stored."""
        staged = self.staging.find("invoices", numbers)
        found = {number: values["currency"] or self.currency for number, values in staged.items() if values is not None}
        missing = [number for number in numbers if number not in found]
        return found | (currencies_of_invoices_across_customers(missing) if missing else {})


def context_of(staging: Staging) -> Context:
    """Gather the vendor's defaults and the kinds of all items, from the files and from what is stored."""
    stored = stored_vendor() or {}
    vendor = {"language": stored.get("language", "en"), "currency": stored.get("currency", "EUR")}
    for entry in next(staging.batches("vendor"), []):
        vendor |= {name: entry.data[name] for name in vendor if name in entry.given or not stored}
    context = Context(staging, vendor["language"], vendor["currency"], item_kinds())
    for table in TABLES.values():
        if table.keys_in == "items":
            for batch in staging.batches(table.name):
                context.kinds |= {entry.data["key"]: kind_of(table.name, entry.data) for entry in batch}
    return context


def kind_of(table: str, data: Values) -> str:
    """Give the kind of an item by the table it stands in."""
    return ITEM_KIND_OF.get(table) or str(data["kind"])


def finish(table: Table, entries: Sequence[Entry], context: Context) -> list[tuple[Entry, Values]]:
    """Give the rows as they are to be stored; what refers to nothing goes to the problems."""
    _check_references(table, entries, context)
    ready = FINISHERS.get(table.name, _as_it_is)(entries, context)
    return list(zip(entries, ready, strict=True))


def _check_references(table: Table, entries: Sequence[Entry], context: Context) -> None:
    for name, space in table.refers.items():
        keys = list(dict.fromkeys(entry.data[name] for entry in entries if entry.data[name]))
        known = context.known(space, keys) if keys else set()
        for entry in entries:
            key = entry.data[name]
            if key and key not in known:
                context.staging.object_to(table.name, entry, name, _unknown(space, key, context))


def _unknown(space: str, key: str, context: Context) -> str:
    near = difflib.get_close_matches(key, context.kinds, 1, 0.7) if space == "items" else []
    hint = f"; did you mean {near[0]}?" if near else ", neither in these files nor stored"
    return f"unknown {ONE_OF[space]} {shown(key)}{hint}"


def _as_it_is(entries: Sequence[Entry], _context: Context) -> list[Values]:
    return [entry.data for entry in entries]


def _vendor(entries: Sequence[Entry], _context: Context) -> list[Values]:
    ready = []
    for entry in entries:
        values = dict(entry.data)
        _, sha256, _, media_type = values.pop("attachment", ("", "", 0, ""))
        values.pop("logo")
        ready.append(values | {"logo_key": sha256, "logo_type": media_type})
    return ready


def _items(table: str) -> Callable[[Sequence[Entry], Context], list[Values]]:
    def finish_items(entries: Sequence[Entry], context: Context) -> list[Values]:
        ready = []
        for entry in entries:
            _check_item(table, entry, context)
            ready.append(entry.data | {"kind": kind_of(table, entry.data)})
        return ready

    return finish_items


def _check_item(table: str, entry: Entry, context: Context) -> None:
    staging = context.staging
    meters = list(entry.data["allowances"])
    known = context.known("meters", meters) if meters else set()
    for meter in meters:
        if meter not in known:
            staging.object_to(table, entry, f"allowances.{meter}", _unknown("meters", meter, context))
    for leading, following in entry.data.get("seat_ratios", {}).items():
        for seat in (leading, *following):
            if context.kinds.get(seat) != "seat":
                message = f"expected the key of a seat kind, found {shown(seat)}"
                staging.object_to(table, entry, "seat_ratios", message)


def _customers(entries: Sequence[Entry], context: Context) -> list[Values]:
    return [entry.data | {"language": entry.data["language"] or context.language} for entry in entries]


def _lines(entries: Sequence[Entry], context: Context) -> list[Values]:
    ready = []
    for entry in entries:
        values = dict(entry.data)
        said = values.pop("type")
        values["kind"] = context.kinds.get(values["item"], "") if values["item"] else said
        if said and values["kind"] and said != values["kind"]:
            message = f"expected {values['kind']}, as the item {values['item']} is one; found {said}"
            context.staging.object_to("contract_items", entry, "type", message)
        ready.append(values)
    return ready


def _cents(context: Context, table: str, entry: Entry, name: str, currency: str) -> int | None:
    text = entry.data[name]
    if text is None:
        return None
    amount, places = Decimal(text), minor_digits(currency)
    if amount != round(amount, places):
        context.staging.object_to(table, entry, name, f"expected at most {places} decimals ({currency}), found {text}")
    return to_cents(amount, currency)


def _prices(entries: Sequence[Entry], context: Context) -> list[Values]:
    ready = []
    for entry in entries:
        values: dict[str, Any] = dict(entry.data)
        currency = values["currency"] or context.currency
        first = _cents(context, "prices", entry, "first", currency)
        recurring = _cents(context, "prices", entry, "recurring", currency)
        del values["first"], values["recurring"]
        recurring = first if recurring is None else recurring
        ready.append(values | {"currency": currency, "first_cents": first, "recurring_cents": recurring})
    return ready


def _invoices(entries: Sequence[Entry], context: Context) -> list[Values]:
    numbers = list(dict.fromkeys(entry.data["customer"] for entry in entries if entry.data["customer"]))
    contracts = list(dict.fromkeys(entry.data["contract"] for entry in entries if entry.data["contract"]))
    known = context.known("customers", numbers) if numbers else set()
    owners = context.customers_of_contracts(contracts) if contracts else {}
    return [_invoice(entry, known, owners.get(entry.data["contract"]), context) for entry in entries]


def _invoice(entry: Entry, known: set[str], owner: str | None, context: Context) -> Values:
    data = entry.data
    said = data["customer"]
    if owner is not None and said and said != owner:
        message = f"expected customer {owner}, to whom contract {data['contract']} belongs; found {shown(said)}"
        context.staging.object_to("invoices", entry, "customer", message)
    customer = said if said in known else None if said else owner
    hint = " ".join(part for part in (said or data["contract"], data["customer_name"]) if part)
    _, sha256, size, _ = data.get("attachment", ("", "", 0, ""))
    currency = data["currency"] or context.currency
    return {
        "number": data["number"],
        "customer": customer,
        "customer_hint": "" if customer else (hint or "–")[:LONGEST_HINT],
        "origin": data["contract"],
        "currency": currency,
        "state": data["status"],
        "document_key": sha256,
        "document_bytes": size,
        **{f"{name}_cents": _cents(context, "invoices", entry, name, currency) for name in ("net", "vat", "gross")},
        **{name: data[name] for name in ("issued_on", "due_on", "paid_on")},
    }


def _invoice_lines(entries: Sequence[Entry], context: Context) -> list[Values]:
    currencies = context.currencies_of_invoices(list(dict.fromkeys(entry.data["invoice"] for entry in entries)))
    ready = []
    for entry in entries:
        values = dict(entry.data)
        net = Decimal(values["quantity"]) * Decimal(values["unit_price"])
        if abs(net) >= 10**12:
            context.staging.object_to("invoice_lines", entry, "unit_price", "expected a line of less than 10^12")
        values |= {name: plain(Decimal(values[name])) for name in ("quantity", "unit_price", "vat_rate")}
        values["net_cents"] = to_cents(net, currencies.get(values["invoice"], context.currency))
        ready.append(values)
    return ready


def _policies(entries: Sequence[Entry], context: Context) -> list[Values]:
    for entry in entries:
        plan = entry.data["plan"]
        if plan and context.kinds.get(plan, "plan") != "plan":
            context.staging.object_to("policies", entry, "plan", f"expected the key of a plan, found {shown(plan)}")
    return [entry.data for entry in entries]


FINISHERS: Mapping[str, Callable[[Sequence[Entry], Context], list[Values]]] = {
    "vendor": _vendor,
    **{table.name: _items(table.name) for table in TABLES.values() if table.keys_in == "items"},
    "prices": _prices,
    "customers": _customers,
    "contract_items": _lines,
    "policies": _policies,
    "invoices": _invoices,
    "invoice_lines": _invoice_lines,
}
