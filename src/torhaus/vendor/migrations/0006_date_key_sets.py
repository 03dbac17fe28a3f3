"""Date the sets of the keys that are there: products may have read one dated until now, or as an introduction says."""

import base64
import json
import time
from typing import Any

from django.db import migrations


def _dates(lines: str) -> list[int]:
    payloads = [text.split(".")[1] for text in lines.splitlines()]
    return [json.loads(base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)))["iat"] for one in payloads]


def date_sets(apps: Any, schema_editor: Any) -> None:
    """Date each key's set now, or as late as what introduced any key of its purpose."""
    keys = apps.get_model("vendor", "SigningKey")
    for purpose in set(keys.objects.values_list("purpose", flat=True)):
        rows = keys.objects.filter(purpose=purpose)
        kept = [date for lines in rows.values_list("introductions", flat=True) for date in _dates(lines)]
        rows.update(set_dated=max([int(time.time()), *(date + 1 for date in kept)]))


class Migration(migrations.Migration):
    dependencies = [("vendor", "0005_dates_of_key_sets")]

    operations = [migrations.RunPython(date_sets, migrations.RunPython.noop)]
