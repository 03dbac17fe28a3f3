"""Registers the room with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "torhaus.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
