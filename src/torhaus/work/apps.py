"""Registers the room with Django."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "torhaus.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"
