"""Registers the room with Django."""

from django.apps import AppConfig


class LicensingConfig(AppConfig):
    name = "torhaus.licensing"
    label = "licensing"
    default_auto_field = "django.db.models.BigAutoField"
