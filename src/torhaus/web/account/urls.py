"""URLs of the account in the company settings."""

from django.urls import path

from torhaus.web.account import booking, from_product, notices, views

urlpatterns = [
    path("settings/account/price-plan/", views.price_plan, name="price_plan"),
    path("settings/account/book/", booking.request_booking, name="request_booking"),
    path(
        "settings/account/book/from-product/<str:ref>/<str:code>/",
        from_product.follow_booking_link,
        name="follow_booking_link",
    ),
    path("settings/account/notices/", notices.choose_usage_notices, name="choose_usage_notices"),
]
