"""URLs of the usage."""

from django.urls import path

from torhaus.web.usage import views

urlpatterns = [
    path("usage/", views.usage, name="usage"),
    path("usage/export.csv", views.usage_csv, name="usage_csv"),
]
