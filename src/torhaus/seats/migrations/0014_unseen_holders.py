"""The index of holders says when each was last seen, so that those not seen for long are listed without reading rows."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("seats", "0013_temporary_seats")]

    operations = [
        migrations.RemoveIndex("seat", "seat_holder"),
        migrations.AddIndex(
            "seat",
            models.Index(
                models.F("contract"),
                Lower("name"),
                models.F("mail"),
                models.F("id"),
                models.F("sought"),
                models.F("name"),
                models.F("released_at"),
                models.F("last_seen_at"),
                models.F("assigned_at"),
                name="seat_holder",
                condition=models.Q(released_at__isnull=True),
            ),
        ),
    ]
