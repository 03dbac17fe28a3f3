"""Indexes for looking customers up by how a name or a mail begins, in any case (organisations/search.py)."""

from django.db import migrations

NAMES = {
    "customer_name_folded": ("organisations_customer", "name"),
    "contact_mail_folded": ("organisations_contact", "mail"),
}


def forwards(apps, schema_editor):
    # PostgreSQL uses an index for LIKE 'x%' only with this class of operators, whatever the collation.
    operators = " text_pattern_ops" if schema_editor.connection.vendor == "postgresql" else ""
    for name, (table, column) in NAMES.items():
        schema_editor.execute(f'CREATE INDEX {name} ON {table} ((LOWER("{column}")){operators})')


def backwards(apps, schema_editor):
    for name in NAMES:
        schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
