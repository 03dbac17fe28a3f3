"""URLs of security in the company settings."""

from django.urls import path

from torhaus.web.security import views

urlpatterns = [
    path("settings/security/", views.company_security, name="company_security"),
    path("settings/security/change/", views.change_company_security, name="change_company_security"),
]
