"""URLs of the activity log."""

from django.urls import path

from torhaus.web.activity import views

urlpatterns = [
    path("activity/", views.activity, name="activity"),
    path("activity/export.csv", views.activity_csv, name="activity_csv"),
    path("activity/export.xlsx", views.activity_xlsx, name="activity_xlsx"),
]
