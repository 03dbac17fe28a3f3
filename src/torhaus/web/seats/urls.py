"""URLs of licences and seats."""

from django.urls import path

from torhaus.web.seats import bulk, deeds, guests, importing, one_seat, registration, reminders, views

urlpatterns = [
    path("seats/", views.seats, name="seats"),
    path("seats/export.csv", views.seats_csv, name="seats_csv"),
    path("seats/assign/", deeds.assign_seat, name="assign_seat"),
    path("seats/import/", importing.import_seats, name="import_seats"),
    path("seats/release/", bulk.release_seats, name="release_seats"),
    path("seats/remind/", reminders.remind_seats, name="remind_seats"),
    path("seats/<str:ref>/", one_seat.seat, name="seat"),
    path("seats/<str:ref>/reassign/", deeds.reassign_seat, name="reassign_seat"),
    path("seats/<str:ref>/release/", deeds.release_seat, name="release_seat"),
    path("seats/<str:ref>/extend/", deeds.extend_seat, name="extend_seat"),
    path("seats/<str:ref>/guests/", guests.permit_guests, name="permit_guests"),
    path("seats/<str:ref>/registration/", registration.mail_seat_registration, name="mail_seat_registration"),
    path("reminders/", reminders.choose_reminders, name="end_seat_reminders"),
    path("reminders/<str:ref>/<str:code>/", reminders.open_seat_reminders, name="open_seat_reminders"),
    path("registration/", registration.register_seat, name="register_seat"),
    path("registration/<str:ref>/<str:code>/", registration.open_seat_registration, name="open_seat_registration"),
    path("seats/<str:ref>/second-factor/", deeds.remove_second_factor, name="remove_second_factor"),
]
