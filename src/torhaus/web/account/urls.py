"""URLs of the account in the company settings."""

from django.urls import path

from torhaus.web.account import booking, views

urlpatterns = [
    path("settings/account/price-plan/", views.price_plan, name="price_plan"),
    path("settings/account/book/", booking.request_booking, name="request_booking"),
]
