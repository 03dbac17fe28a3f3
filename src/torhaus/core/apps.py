"""Registers the floor everything stands on with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "torhaus.core"
    label = "core"
