"""Registers the room with Django."""

from django.apps import AppConfig


class VendorConfig(AppConfig):
    name = "torhaus.vendor"
    label = "vendor"
    default_auto_field = "django.db.models.BigAutoField"
