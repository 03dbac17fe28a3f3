"""Kept beside each seat: what searches look at, in folded letters, and when its holder was asked to come again.

All columns come before the triggers of 0009: SQLite makes the table anew for a column, and without its triggers.
"""

from typing import Any

from django.db import migrations, models

from torhaus.seats.sought import folded

BATCH = 1000


def fold_all(apps: Any, schema_editor: Any) -> None:
    """Fold the holders there are."""
    seats, after = apps.get_model("seats", "Seat").objects, 0
    while rows := list(seats.filter(pk__gt=after, released_at__isnull=True).order_by("pk")[:BATCH]):
        for one in rows:
            one.sought = folded(one.name, one.organisation, one.mail)
        seats.bulk_update(rows, ["sought"], batch_size=200)
        after = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("seats", "0006_held_without_a_break")]

    operations = [
        migrations.AddField("seat", "sought", models.TextField(blank=True, default="", editable=False)),
        migrations.AddField("seat", "reminded_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("seat", "reminder_waits", models.BooleanField(default=False)),
        migrations.AddField("seat", "reminder", models.CharField(blank=True, default="", max_length=12), False),
        migrations.AddField("seat", "wants_reminders", models.BooleanField(default=True)),
        migrations.RunPython(fold_all, migrations.RunPython.noop),
    ]
