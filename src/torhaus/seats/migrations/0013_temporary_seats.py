"""Temporary seats are few among many: SQLite, which knows nothing of that, begins with them only in an index of theirs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("seats", "0012_looked_up_on_sqlite")]

    operations = [
        migrations.AddIndex(
            "seat",
            models.Index(
                fields=["contract", "ends_on", "id", "released_at"],
                name="seat_temporary",
                condition=models.Q(released_at__isnull=True) & models.Q(ends_on__isnull=False),
            ),
        ),
    ]
