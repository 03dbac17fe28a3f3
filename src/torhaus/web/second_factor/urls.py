"""URLs of the second factor at sign-in."""

from django.urls import path

from torhaus.web.second_factor import views

urlpatterns = [
    path("login/second-factor/", views.second_factor, name="second_factor"),
    path("login/passkey/", views.sign_in_passkey, name="sign_in_passkey"),
    path("login/passkey/options/", views.passkey_challenge, name="passkey_challenge"),
]
