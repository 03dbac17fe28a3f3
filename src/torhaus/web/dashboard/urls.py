"""URL of the dashboard."""

from django.urls import path

from torhaus.web.dashboard import views

urlpatterns = [path("dashboard/", views.dashboard, name="dashboard")]
