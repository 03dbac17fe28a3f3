"""URLs of the staff's pages of releases."""

from django.urls import path

from torhaus.backoffice.releases import publishing, tus, views

urlpatterns = [
    path("", views.releases, name="releases"),
    path("new/", publishing.publish_release, name="publish_release"),
    path("add-ons/new/", publishing.publish_add_on, name="publish_add_on"),
    path("uploads/", tus.begin_upload, name="begin_upload"),
    path("uploads/<str:ref>/", tus.upload, name="upload"),
    path("uploads/<str:ref>/end/", views.end_upload, name="end_upload"),
    path("requests/<str:ref>/", views.publish_request, name="publish_request"),
    path("<str:ref>/", views.release, name="release"),
    path("<str:ref>/withdraw/", views.withdraw_release, name="withdraw_release"),
    path("<str:ref>/restore/", views.restore_release, name="restore_release"),
]
