"""URLs of the offline licence and the licence token."""

from django.urls import path

from torhaus.web.licence import views

urlpatterns = [
    path("licence/", views.offline_licence, name="offline_licence"),
    path("licence/issue/", views.issue_offline_licence, name="issue_offline_licence"),
    path("licence/files/<str:ref>/", views.offline_licence_file, name="offline_licence_file"),
    path("licence/reset-token/", views.reset_token, name="reset_token"),
]
