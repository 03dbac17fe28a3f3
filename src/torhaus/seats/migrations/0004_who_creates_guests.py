"""Guests, and things such as data rooms, create no guests unless somebody lets them (B104)."""

from typing import Any

from django.db import migrations
from django.db.models import Q


def close_to_guests(apps: Any, schema_editor: Any) -> None:
    """Take the permission from seats whose kind is not booked by itself, or that nobody in person holds."""
    kinds = apps.get_model("catalogue", "SeatKind").objects.filter(Q(bookable=False) | Q(personal=False))
    apps.get_model("seats", "Seat").objects.filter(kind__in=kinds.values("item")).update(may_create_guests=False)


class Migration(migrations.Migration):
    dependencies = [("seats", "0003_registration_links"), ("catalogue", "0003_how_seats_are_held_and_released")]

    operations = [migrations.RunPython(close_to_guests, migrations.RunPython.noop)]
