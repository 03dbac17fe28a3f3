"""URLs of the account in the company settings."""

from django.urls import path

from torhaus.web.account import views

urlpatterns = [
    path("settings/account/price-plan/", views.price_plan, name="price_plan"),
]
