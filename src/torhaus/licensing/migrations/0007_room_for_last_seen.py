"""Writing when somebody was last seen costs little: no second index on days, and room for it beside the rows.

PostgreSQL writes a changed row anew. Where its page has room and no index names what changed, no index is touched
(heap-only tuples). What stands there by now gets the room when it is written the next times.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

ROOM = {"licensing_installation": 80, "licensing_licencetoken": 80, "licensing_installationday": 90, "licensing_licence": 80}


def leave_room(apps: Any, schema_editor: Any) -> None:
    """Let PostgreSQL fill pages of these tables to so many percent only."""
    if schema_editor.connection.vendor == "postgresql":
        for table, percent in ROOM.items():
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {percent})")


def fill_up(apps: Any, schema_editor: Any) -> None:
    """Take it back."""
    if schema_editor.connection.vendor == "postgresql":
        for table in ROOM:
            schema_editor.execute(f"ALTER TABLE {table} RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("licensing", "0006_derive_policies_anew")]

    operations = [
        migrations.AlterField(
            model_name="installationday",
            name="installation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="licensing.installation",
            ),
        ),
        migrations.RunPython(leave_room, fill_up),
    ]
