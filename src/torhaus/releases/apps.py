"""Registers the room with Django."""

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "torhaus.releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"
