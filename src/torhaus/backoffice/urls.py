"""URLs of the staff's door."""

from django.urls import URLPattern

app_name = "backoffice"
urlpatterns: list[URLPattern] = []
