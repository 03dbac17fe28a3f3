"""The deed: all files or nothing, one record of the import, and each customer's share in its own activity."""

from collections.abc import Sequence
from pathlib import Path

from django.db.models import Model
from django_scopes import scopes_disabled

from torhaus.billing.models import BillingAccount, Invoice, InvoiceLine
from torhaus.core.statistics import refresh_statistics
from torhaus.core.storage import file_store
from torhaus.journeys.import_data.attachments import chunks
from torhaus.journeys.import_data.comparing import Compared, TableDifference, compare
from torhaus.journeys.import_data.finishing import Context
from torhaus.journeys.import_data.keeping import KEEPERS
from torhaus.journeys.import_data.problems import ImportRefused
from torhaus.journeys.import_data.staging import Entry
from torhaus.journeys.import_data.tables import TABLES, Table
from torhaus.organisations.imports import customer_refs_across_customers
from torhaus.organisations.models import Address, Contact, Customer
from torhaus.records.deeds import (
    Actor,
    CustomerRecord,
    deed,
    nothing_done,
    part,
    write_customer_records,
    write_record,
)
from torhaus.subscriptions.imports import contract_refs_across_customers, lock_contracts
from torhaus.subscriptions.models import Booking, Contract
from torhaus.usage.models import Reading
from torhaus.vendor.actions import mark_vendor_changed

# What a customer reads about it, by table. Readings of usage are left out: they come every day.
TOLD_AS = {
    "customers": "import_customer",
    "addresses": "import_customer",
    "contacts": "import_customer",
    "contracts": "import_contract",
    "contract_items": "import_contract",
    "policies": "import_contract",
    "invoices": "import_invoices",
}

# The tables that grow long, and after how many rows the planner is told of it; then at each doubling.
FIRST_COUNT = 2000
MODELS: dict[str, tuple[type[Model], ...]] = {
    "customers": (Customer, BillingAccount),
    "addresses": (Address,),
    "contacts": (Contact,),
    "contracts": (Contract,),
    "contract_items": (Booking,),
    "usage": (Reading,),
    "invoices": (Invoice,),
    "invoice_lines": (InvoiceLine,),
}
CONTRACT_OF = {"contracts": "number", "contract_items": "contract", "policies": "contract", "usage": "contract"}
# What licences are derived from beside the contracts.
OF_VENDOR = {"vendor", "products", "meters", "policies"} | {
    one.name for one in TABLES.values() if one.keys_in == "items"
}


class FilesChanged(Exception):
    """A file was changed while it was imported; nothing was written."""


@deed("import_data")
def import_data(*, context: Context, differences: dict[str, TableDifference], by: Actor) -> None:
    """Write all rows that differ, in one transaction.

    Raises:
        ImportRefused: what is stored was changed meanwhile so that the files no longer fit.
        FilesChanged: a PDF or the logo is no longer the one that was looked at.
    """
    total = sum(one.new + one.changed for one in differences.values())
    if not total:
        nothing_done()
        return
    done = 0
    if any(differences[name].new + differences[name].changed for name in OF_VENDOR & set(differences)):
        # Its row is locked before any contract's, so that two imports at once wait instead of each for the other.
        mark_vendor_changed()
    with scopes_disabled():
        for table in TABLES.values():
            done += _write_table(table, context, done, total)
        _tell_customers(context, by)
    write_record(
        by=by,
        subject=("import", ""),
        after={
            "files": {source.path.name: source.sha256 for source in context.staging.files},
            "tables": {
                name: {"new": one.new, "changed": one.changed, "unchanged": one.unchanged}
                for name, one in differences.items()
            },
        },
    )


@part
def _write_table(table: Table, context: Context, before: int, total: int) -> int:
    """Write the rows of a table that differ; give how many."""
    done, counted = 0, FIRST_COUNT
    for entries in context.staging.batches(table.name, touched=True):
        _write_batch(table, entries, context)
        done += len(entries)
        if done >= counted:
            refresh_statistics(*MODELS.get(table.name, ()))
            counted *= 2
        context.staging.progress("write", before + done, total)
    return done


@part
def _write_batch(table: Table, entries: Sequence[Entry], context: Context) -> None:
    if table.name in CONTRACT_OF:
        # Locked before they are compared once more: two imports at once would both append the same booking.
        named = [entry.data[CONTRACT_OF[table.name]] for entry in entries]
        lock_contracts(numbers=[number for number in named if number])
    compared = compare(table, entries, context)
    if context.staging.problems.count:
        raise ImportRefused(context.staging.problems)
    _write(table, [one for one in compared if one.differs], context)


@part
def _write(table: Table, compared: Sequence[Compared], context: Context) -> None:
    if not compared:
        return
    for one in compared:
        if attachment := one.entry.data.get("attachment"):
            _store(Path(attachment[0]), attachment[1])
    KEEPERS[table.name].put([one.row for one in compared])
    if table.name in TOLD_AS:
        _note(table, compared, context)


def _store(path: Path, sha256: str) -> None:
    # Files are kept by their content: one that a rolled-back import leaves behind harms nobody.
    if file_store().put(chunks(path)).key != sha256:
        raise FilesChanged(f"{path.name} was changed while it was imported; nothing was written. Import it again.")


def _note(table: Table, compared: Sequence[Compared], context: Context) -> None:
    """Remember for each customer what it will read about this batch."""
    owners: dict[str, str] = {}
    if table.name in {"contract_items", "policies"}:
        owners = context.customers_of_contracts(list({one.row["contract"] for one in compared if one.row["contract"]}))
    rows = []
    for one in compared:
        contract = one.row.get("contract") or (one.row["number"] if table.name == "contracts" else "")
        customer = owners.get(contract) or one.row.get("customer") or one.row.get("number")
        if (table.name == "invoices" and one.row["customer"] is None) or one.row.get("plan"):
            continue
        fresh = int(one.stored is None)
        name = str(one.row["number"]) if table.name == "invoices" else ""
        rows.append((str(customer), TOLD_AS[table.name], contract, fresh, 1 - fresh, name))
    context.staging.note_effect(rows)


@part
def _tell_customers(context: Context, by: Actor) -> None:
    for effects in context.staging.effects():
        customers = customer_refs_across_customers(list({effect[0] for effect in effects}))
        contracts = contract_refs_across_customers([effect[2] for effect in effects if effect[2]])
        write_customer_records(
            by=by,
            entries=[
                CustomerRecord(
                    deed=name,
                    customer_ref=customers[customer],
                    subject=("contract", contracts[contract]) if contract else ("customer", customers[customer]),
                    after={"new": fresh, "changed": changed}
                    | ({"contract": contract} if contract else {})
                    | ({"invoice": invoice} if invoice else {}),
                )
                for customer, name, contract, fresh, changed, invoice in effects
            ],
        )
