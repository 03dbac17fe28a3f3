"""Registers the room with Django."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "torhaus.subscriptions"
    label = "subscriptions"
    default_auto_field = "django.db.models.BigAutoField"
