"""Records and seals never change (SQLite, PostgreSQL) nor go (PostgreSQL), and each new record queues for its seal.

Deletion stays possible on SQLite, where it is the only way to empty a table; the chain shows it.
"""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER record_no_update BEFORE UPDATE ON records_record
       BEGIN SELECT RAISE(ABORT, 'records are append-only'); END""",
    """CREATE TRIGGER seal_no_update BEFORE UPDATE ON records_seal
       BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END""",
    """CREATE TRIGGER record_unsealed AFTER INSERT ON records_record
       BEGIN INSERT INTO records_unsealed (record_id) VALUES (NEW.id); END""",
    # Records written before this migration wait for their seal too.
    "INSERT INTO records_unsealed (record_id) SELECT id FROM records_record WHERE id NOT IN (SELECT record_id FROM records_seal)",
]
SQLITE_BACK = ["DROP TRIGGER record_no_update", "DROP TRIGGER seal_no_update", "DROP TRIGGER record_unsealed"]
POSTGRESQL = [
    """CREATE FUNCTION records_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'records and seals are append-only' USING ERRCODE = '23000'; END $$""",
    """CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE ON records_record
       FOR EACH ROW EXECUTE FUNCTION records_append_only()""",
    """CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON records_seal
       FOR EACH ROW EXECUTE FUNCTION records_append_only()""",
    """CREATE FUNCTION records_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO records_unsealed (record_id) SELECT id FROM fresh; RETURN NULL; END $$""",
    """CREATE TRIGGER record_unsealed AFTER INSERT ON records_record
       REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION records_unsealed()""",
    "INSERT INTO records_unsealed (record_id) SELECT id FROM records_record WHERE id NOT IN (SELECT record_id FROM records_seal)",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER record_append_only ON records_record",
    "DROP TRIGGER seal_append_only ON records_seal",
    "DROP TRIGGER record_unsealed ON records_record",
    "DROP FUNCTION records_append_only()",
    "DROP FUNCTION records_unsealed()",
]


def _run(schema_editor, sqlite, postgresql):
    for statement in sqlite if schema_editor.connection.vendor == "sqlite" else postgresql:
        schema_editor.execute(statement)


def forwards(apps, schema_editor):
    _run(schema_editor, SQLITE, POSTGRESQL)


def backwards(apps, schema_editor):
    _run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


class Migration(migrations.Migration):
    dependencies = [("records", "0002_unsealed")]
    operations = [migrations.RunPython(forwards, backwards)]
