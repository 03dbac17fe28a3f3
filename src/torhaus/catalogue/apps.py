"""Registers the room with Django."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "torhaus.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"
