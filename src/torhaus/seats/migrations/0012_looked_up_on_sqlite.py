"""What searches look at is looked up by three letters at a time on SQLite, too, and not read from end to end.

The table keeps no text of its own, and not where in a text three letters stand: only in which seats' texts they do.
"""

from typing import Any

from django.db import DatabaseError, migrations

TABLE = """CREATE VIRTUAL TABLE seats_sought
    USING fts5(sought, content='seats_seat', content_rowid='id', tokenize='trigram case_sensitive 1', detail=none)"""
FILL = "INSERT INTO seats_sought(seats_sought) VALUES ('rebuild')"
MORE = "INSERT INTO seats_sought(rowid, sought) VALUES (NEW.id, NEW.sought);"
LESS = "INSERT INTO seats_sought(seats_sought, rowid, sought) VALUES ('delete', OLD.id, OLD.sought);"
TRIGGERS = {
    "seat_sought_made": f"AFTER INSERT ON seats_seat BEGIN {MORE} END",
    "seat_sought_changed": f"""AFTER UPDATE OF sought ON seats_seat
        WHEN OLD.sought IS NOT NEW.sought BEGIN {LESS} {MORE} END""",
    "seat_sought_gone": f"AFTER DELETE ON seats_seat BEGIN {LESS} END",
}


def look_up(apps: Any, schema_editor: Any) -> None:
    """Make the table and what keeps it."""
    if schema_editor.connection.vendor != "sqlite":
        return
    try:
        schema_editor.execute(TABLE)
    except DatabaseError as error:
        version = ".".join(map(str, schema_editor.connection.Database.sqlite_version_info))
        raise DatabaseError(
            f"Torhaus needs SQLite 3.34 or newer with FTS5; Python runs with {version} here ({error}). "
            "Use a Python with a newer one, or PostgreSQL."
        ) from error
    schema_editor.execute(FILL)
    for name, what in TRIGGERS.items():
        schema_editor.execute(f"CREATE TRIGGER {name} {what}")


def read_through(apps: Any, schema_editor: Any) -> None:
    """Take them away."""
    if schema_editor.connection.vendor == "sqlite":
        for name in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER {name}")
        schema_editor.execute("DROP TABLE seats_sought")


class Migration(migrations.Migration):
    dependencies = [("seats", "0011_the_last_seen_first")]

    operations = [migrations.RunPython(look_up, read_through)]
