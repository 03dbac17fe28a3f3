"""Policies say more than kept licences were derived with: let each be derived anew at its next use."""

from typing import Any

from django.db import migrations
from django.db.models import F


def mark_vendor(apps: Any, schema_editor: Any) -> None:
    """Let the vendor's revision grow: what was derived at another one is derived again."""
    apps.get_model("vendor", "Vendor").objects.update(revision=F("revision") + 1)


class Migration(migrations.Migration):
    dependencies = [("licensing", "0005_offline_files_and_machines"), ("vendor", "0004_key_introductions")]

    operations = [migrations.RunPython(mark_vendor, migrations.RunPython.noop)]
