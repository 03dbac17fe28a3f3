"""URLs of the API. A version of it never changes what it already says; it only adds."""

from django.urls import path

from torhaus.api.documentation.views import documentation, openapi
from torhaus.api.downloads import views as downloads
from torhaus.api.licensing.activate import activate_installation
from torhaus.api.licensing.deactivate import deactivate_installation
from torhaus.api.licensing.licences import licences, status
from torhaus.api.licensing.offline_licence import issue_offline_licence
from torhaus.api.licensing.usage import report_usage
from torhaus.api.licensing.validate import heartbeat, validate
from torhaus.api.seats.booking import issue_booking_link
from torhaus.api.seats.deeds import assign_seat, extend_seat, reassign_seat, release_seat, report_seats
from torhaus.api.seats.views import account, seat_changes, seats

app_name = "api"
urlpatterns = [
    path("", documentation, name="documentation"),
    path("v1/openapi.json", openapi, name="openapi"),
    path("v1/validate", validate, name="validate"),
    path("v1/heartbeat", heartbeat, name="heartbeat"),
    path("v1/downloads", downloads.downloads, name="downloads"),
    path("v1/activate", activate_installation, name="activate_installation"),
    path("v1/deactivate", deactivate_installation, name="deactivate_installation"),
    path("v1/usage", report_usage, name="report_usage"),
    path("v1/offline-licence", issue_offline_licence, name="issue_offline_licence"),
    path("v1/licences", licences, name="licences"),
    path("v1/status", status, name="status"),
    path("v1/account", account, name="account"),
    path("v1/seats", seats, name="seats"),
    path("v1/seats/changes", seat_changes, name="seat_changes"),
    path("v1/seats/assign", assign_seat, name="assign_seat"),
    path("v1/seats/reassign", reassign_seat, name="reassign_seat"),
    path("v1/seats/extend", extend_seat, name="extend_seat"),
    path("v1/seats/release", release_seat, name="release_seat"),
    path("v1/seats/report", report_seats, name="report_seats"),
    path("v1/booking-links", issue_booking_link, name="issue_booking_link"),
]
