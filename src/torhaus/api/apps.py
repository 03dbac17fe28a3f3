"""Registers the door with Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "torhaus.api"
    label = "api"
