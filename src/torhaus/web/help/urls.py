"""URL of the help page."""

from django.urls import path

from torhaus.web.help import views

urlpatterns = [
    path("help/", views.help_page, name="help"),
]
