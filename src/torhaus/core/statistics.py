"""What PostgreSQL's planner knows of tables that one transaction is filling."""

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
