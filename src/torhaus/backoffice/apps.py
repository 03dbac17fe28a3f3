"""Registers the room with Django."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "torhaus.backoffice"
    label = "backoffice"
    default_auto_field = "django.db.models.BigAutoField"
