"""Registers the room with Django."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "torhaus.usage"
    label = "usage"
    default_auto_field = "django.db.models.BigAutoField"
