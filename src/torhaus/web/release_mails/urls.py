"""URLs of the mails about new versions. Those with a code lead on at once to one without."""

from django.urls import path

from torhaus.web.release_mails import views

urlpatterns = [
    path("release-mails/", views.release_mails, name="release_mails"),
    path("release-mails/subscribe/", views.subscribe_to_releases, name="subscribe_to_releases"),
    path("release-mails/confirm/", views.confirm_release_subscription, name="confirm_release_subscription"),
    path("release-mails/stop/", views.stop_release_mails, name="stop_release_mails"),
    path("release-mails/<str:ref>/end/", views.end_release_subscription, name="end_release_subscription"),
    path("release-mail/<str:ref>/<str:code>/", views.open_release_mail, name="open_release_mail"),
    path("release-mail/<str:ref>/<str:code>/end/", views.end_release_mails, name="end_release_mails"),
]
