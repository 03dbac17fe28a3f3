"""A new key is introduced by those before it, so that products learn it safely."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vendor", "0003_revision")]

    operations = [
        migrations.AddField(
            model_name="signingkey", name="introductions", field=models.TextField(blank=True, default="")
        ),
    ]
