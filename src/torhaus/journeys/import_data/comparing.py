"""Compares the files with what is stored, batch by batch, and says the difference in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torhaus.journeys.import_data.finishing import Context, finish
from torhaus.journeys.import_data.keeping import KEEPERS, RowKey
from torhaus.journeys.import_data.rows import Values
from torhaus.journeys.import_data.staging import Entry, as_text
from torhaus.journeys.import_data.tables import TABLES, Table

SHOWN = 10
LONGEST = 120


@dataclass(frozen=True)
class Change:
    """A row that differs: its key, and each field's old and new value; a new row has no old ones."""

    key: str
    fields: dict[str, tuple[str, str]]


@dataclass
class TableDifference:
    """What an import does to one table. The first ``SHOWN`` changed and new rows are kept in detail."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    new_keys: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class Compared:
    """A finished row beside what is stored of it (None: it is new)."""

    entry: Entry
    key: RowKey
    row: Values
    stored: Values | None
    fields: dict[str, tuple[object, object]]

    @property
    def differs(self) -> bool:
        """Whether there is something to write."""
        return self.stored is None or bool(self.fields)


def compare(table: Table, entries: Sequence[Entry], context: Context) -> list[Compared]:
    """Compare a batch of rows with what is stored; what must not change goes to the problems."""
    keeper = KEEPERS[table.name]
    ready = finish(table, entries, context)
    stored = keeper.read([row for _, row in ready])
    compared: list[Compared] = []
    seen: set[RowKey] = set()
    for entry, row in ready:
        key = keeper.key_of(row)
        if key in seen:
            context.staging.object_to(table.name, entry, table.key[0], "the same row stands already in these files")
        seen.add(key)
        one = _compare_one(table, entry, key, row, stored.get(key))
        _check_change(table, one, context)
        compared.append(one)
    return compared


def _compare_one(table: Table, entry: Entry, key: RowKey, row: Values, stored: Values | None) -> Compared:
    row = {name: value for name, value in row.items() if name != "attachment"}
    if stored is None:
        return Compared(entry, key, row, None, {name: (None, value) for name, value in row.items()})
    kept = {
        stored_name
        for name in table.kept
        if name not in entry.given
        for stored_name in table.becomes.get(name, (name,))
    }
    if table.name == "invoices" and stored["customer"] is not None:
        # Once matched, be it by staff, the hint has done its work, and a file without the customer undoes nothing.
        kept |= {"customer_hint"} if row["customer"] else {"customer", "customer_hint"}
    # Where nothing is stored yet, as a billing account made by nobody, a field that was left out takes its default.
    kept = {name for name in kept if stored.get(name) is not None or table.name != "customers"}
    merged = {name: stored[name] if name in kept else value for name, value in row.items()}
    fields = {name: (stored[name], value) for name, value in merged.items() if stored[name] != value}
    return Compared(entry, key, merged, stored, fields)


def _check_change(table: Table, one: Compared, context: Context) -> None:
    if one.stored is None:
        return
    if table.keys_in == "items" and "kind" in one.fields:
        message = f"expected another key: this one is taken by a {one.stored['kind']}"
        context.staging.object_to(table.name, one.entry, "key", message)
    # What a customer has seen stays with that customer: only staff may mend this.
    if table.name in {"contracts", "invoices"} and "customer" in one.fields and one.stored["customer"] is not None:
        message = (
            f"expected customer {one.stored['customer']}, whose it is; an import gives nothing to another customer"
        )
        context.staging.object_to(table.name, one.entry, "customer", message)


def differences(context: Context) -> dict[str, TableDifference]:
    """Compare everything, mark the rows that differ, and give the difference by table."""
    found: dict[str, TableDifference] = {}
    total = sum(context.staging.counts().values())
    done = 0
    for table in TABLES.values():
        for entries in context.staging.batches(table.name):
            compared = compare(table, entries, context)
            difference = found.setdefault(table.name, TableDifference())
            for one in compared:
                _count(difference, one)
            context.staging.touch([one.entry for one in compared if one.differs])
            done += len(compared)
            context.staging.progress("compare", done, total)
    return found


def _count(difference: TableDifference, one: Compared) -> None:
    name = " ".join(str(part) for part in one.key)
    if one.stored is None:
        difference.new += 1
        if len(difference.new_keys) < SHOWN:
            difference.new_keys.append(name)
    elif one.fields:
        difference.changed += 1
        if len(difference.changes) < SHOWN:
            fields = {field: (_short(old), _short(new)) for field, (old, new) in one.fields.items()}
            difference.changes.append(Change(name, fields))
    else:
        difference.unchanged += 1


def _short(value: object) -> str:
    text = as_text(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
