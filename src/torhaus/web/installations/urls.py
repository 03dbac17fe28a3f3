"""URLs of the installations."""

from django.urls import path

from torhaus.web.installations import views

urlpatterns = [
    path("installations/", views.installations, name="installations"),
    path("installations/<str:ref>/", views.installation, name="installation"),
    path("installations/<str:ref>/name/", views.name_installation, name="name_installation"),
    path("installations/<str:ref>/remove/", views.remove_installation, name="remove_installation"),
]
