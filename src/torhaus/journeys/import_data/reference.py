"""The reference of all tables, as docs/import.md shows it: made from the tables themselves, so that it cannot lie."""

from collections.abc import Iterator

from torhaus.journeys.import_data.tables import TABLES, Table


def table_reference() -> str:
    """Give all tables with their fields as Markdown."""
    return "\n".join(line for table in TABLES.values() for line in _lines(table))


def _lines(table: Table) -> Iterator[str]:
    yield f"### {table.name}"
    yield ""
    yield f"{(table.row.__doc__ or '').strip()} {_key(table)}"
    yield ""
    yield "| field | meaning |"
    yield "|---|---|"
    for name, known in table.row.model_fields.items():
        needed = " **Needed.**" if known.is_required() else ""
        kept = " Left out: stays as stored." if name in table.kept and not known.is_required() else ""
        meaning = known.description or ""
        yield f"| `{name}` | {meaning[:1].upper()}{meaning[1:]}.{needed}{kept} |"
    yield ""


def _key(table: Table) -> str:
    names = " and ".join(f"`{name}`" for name in table.key)
    return f"A row is known by {names}." if names else "There is one row."
