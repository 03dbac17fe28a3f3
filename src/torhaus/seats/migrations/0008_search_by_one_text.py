"""One text is searched: where the database may look it up by three letters at a time (pg_trgm), it does."""

import logging
from typing import Any

from django.db import DatabaseError, migrations, models, transaction
from django.db.models.functions import Lower

_log = logging.getLogger(__name__)
HELD = models.Q(released_at__isnull=True)


def add_trigrams(apps: Any, schema_editor: Any) -> None:
    """Let PostgreSQL look up what is searched. Where the extension is not to be had, searches read along an index."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            schema_editor.execute(
                "CREATE INDEX seat_sought ON seats_seat USING gin (sought gin_trgm_ops) WHERE released_at IS NULL"
            )
    except DatabaseError as error:
        _log.warning("seats are searched without pg_trgm", extra={"event": {"reason": str(error)}})


def drop_trigrams(apps: Any, schema_editor: Any) -> None:
    """Take the index away; the extension may be somebody else's."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS seat_sought")


class Migration(migrations.Migration):
    dependencies = [("seats", "0007_what_searches_look_at")]

    operations = [
        migrations.RemoveConstraint("seat", "seat_released_names_nobody"),
        migrations.AddConstraint(
            "seat",
            models.CheckConstraint(
                condition=HELD | models.Q(name="", mail="", organisation="", sought=""),
                name="seat_released_names_nobody",
            ),
        ),
        migrations.RemoveIndex("seat", "seat_holder"),
        migrations.AddIndex(
            "seat",
            models.Index(
                "contract",
                Lower("name"),
                "mail",
                "id",
                "sought",
                "name",
                "released_at",
                name="seat_holder",
                condition=HELD,
            ),
        ),
        migrations.RemoveIndex("seat", "seat_standing"),
        migrations.RemoveIndex("seat", "seat_state"),
        *(
            migrations.AddIndex(
                "seat",
                models.Index(
                    "contract", of, Lower("name"), "mail", "id", "name", "released_at", name=f"seat_{of}", condition=HELD
                ),
            )
            for of in ("kind", "state")
        ),
        migrations.AddIndex(
            "seat", models.Index(fields=["reminder"], name="seat_reminder", condition=~models.Q(reminder=""))
        ),
        migrations.AddIndex(
            "seat",
            models.Index(
                fields=["mail", "reminded_at"], name="seat_reminded", condition=models.Q(reminded_at__isnull=False)
            ),
        ),
        migrations.RunPython(add_trigrams, drop_trigrams),
    ]
