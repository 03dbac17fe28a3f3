"""Bookings are a ledger: the database itself refuses to change a row (SQLite, PostgreSQL) or delete it (PostgreSQL)."""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER booking_no_update BEFORE UPDATE ON subscriptions_booking
       BEGIN SELECT RAISE(ABORT, 'bookings are append-only'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION booking_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'bookings are append-only' USING ERRCODE = '23000'; END $$""",
    """CREATE TRIGGER booking_append_only BEFORE UPDATE OR DELETE ON subscriptions_booking
       FOR EACH ROW EXECUTE FUNCTION booking_append_only()""",
]


def forwards(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER booking_no_update")
    else:
        schema_editor.execute("DROP TRIGGER booking_append_only ON subscriptions_booking")
        schema_editor.execute("DROP FUNCTION booking_append_only()")


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
