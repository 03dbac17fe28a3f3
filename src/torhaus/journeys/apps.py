"""Registers the room with Django."""

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "torhaus.journeys"
    label = "journeys"
    default_auto_field = "django.db.models.BigAutoField"
