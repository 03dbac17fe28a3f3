"""Registers the room with Django."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "torhaus.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
