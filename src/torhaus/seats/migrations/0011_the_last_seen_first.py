"""Lists by who was seen last begin in an index on PostgreSQL, too: there it keeps empty values at the other end."""

from typing import Any

from django.db import migrations


def add_index(apps: Any, schema_editor: Any) -> None:
    """SQLite reads the index of the other order for this one, and makes none that says where empty values are."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX seat_seen_last ON seats_seat (contract_id, last_seen_at DESC NULLS LAST, id DESC) "
            "WHERE released_at IS NULL"
        )


def drop_index(apps: Any, schema_editor: Any) -> None:
    """Take it away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX seat_seen_last")


class Migration(migrations.Migration):
    dependencies = [("seats", "0010_refused_reminders")]

    operations = [migrations.RunPython(add_index, drop_index)]
