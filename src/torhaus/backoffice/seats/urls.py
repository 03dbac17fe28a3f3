"""URLs of customers' seats."""

from django.urls import path

from torhaus.backoffice.seats import views

urlpatterns = [
    path("contracts/<str:ref>/seats/", views.seats, name="seats"),
    path(
        "contracts/<str:ref>/seats/<str:seat>/registration/",
        views.mail_seat_registration,
        name="mail_seat_registration",
    ),
]
