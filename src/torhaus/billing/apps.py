"""Registers the room with Django."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "torhaus.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"
