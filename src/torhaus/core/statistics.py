"""What PostgreSQL's planner knows: of tables that one transaction is filling, and of what a query looks for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Model


def refresh_statistics(*models: type[Model]) -> None:
    """Let PostgreSQL count the tables of ``models`` anew, rows of the running transaction included.

    Its own daemon sees only what is committed: until then it would read whole tables for each batch.
    """
    if not models or connection.vendor != "postgresql":
        return
    tables = [model._meta.db_table for model in models]
    names = ", ".join(connection.ops.quote_name(table) for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {names}")


@contextmanager
def planned_anew() -> Iterator[None]:
    """Have PostgreSQL plan queries for the very values they look for, as long as this lasts.

    A statement that was prepared soon gets one plan for all values. Where one value is in every row and another in none,
    such as in a search, that plan is a hundred times too slow for some.
    """
    connection.ensure_connection()
    raw = connection.connection
    if connection.vendor != "postgresql" or raw is None:
        yield
        return
    usual = raw.prepare_threshold
    raw.prepare_threshold = None
    try:
        yield
    finally:
        raw.prepare_threshold = usual
