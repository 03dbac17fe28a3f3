"""Registers the room with Django."""

from django.apps import AppConfig


class SeatsConfig(AppConfig):
    name = "torhaus.seats"
    label = "seats"
    default_auto_field = "django.db.models.BigAutoField"
