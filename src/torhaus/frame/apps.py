"""Registers the room with Django."""

from django.apps import AppConfig


class FrameConfig(AppConfig):
    name = "torhaus.frame"
    label = "frame"
    default_auto_field = "django.db.models.BigAutoField"
