"""Policies say which offline licences there are; files are bound to the installation they count."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("licensing", "0004_licences_installations_leases"),
    ]

    operations = [
        migrations.AddField(
            model_name="contractpolicy",
            name="offline_files",
            field=models.CharField(
                choices=[("any", "Any"), ("bound", "Bound"), ("none", "None")], default="any", max_length=5
            ),
        ),
        migrations.AddField(
            model_name="installation",
            name="machine",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="offlinelicence",
            name="installation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="licensing.installation",
            ),
        ),
        migrations.AddField(
            model_name="planpolicy",
            name="offline_files",
            field=models.CharField(
                choices=[("any", "Any"), ("bound", "Bound"), ("none", "None")], default="any", max_length=5
            ),
        ),
    ]
