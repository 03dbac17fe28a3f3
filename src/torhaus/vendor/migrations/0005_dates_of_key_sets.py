"""Sets of keys are dated by the change that made them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vendor", "0004_key_introductions")]

    operations = [
        migrations.AddField(
            model_name="signingkey", name="set_dated", field=models.PositiveBigIntegerField(default=0)
        ),
    ]
