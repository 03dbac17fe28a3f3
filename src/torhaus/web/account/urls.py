"""URLs of the account in the company settings."""

from django.urls import path

from torhaus.web.account import booking, notices, views

urlpatterns = [
    path("settings/account/price-plan/", views.price_plan, name="price_plan"),
    path("settings/account/book/", booking.request_booking, name="request_booking"),
    path("settings/account/notices/", notices.choose_usage_notices, name="choose_usage_notices"),
]
