"""Registers the room with Django."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "torhaus.organisations"
    label = "organisations"
    default_auto_field = "django.db.models.BigAutoField"
