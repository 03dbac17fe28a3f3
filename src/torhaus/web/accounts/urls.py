"""URLs of signing in and out."""

from django.urls import path

from torhaus.web.accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.sign_in, name="sign_in"),
    path("logout/", views.sign_out, name="sign_out"),
    path("contracts/add/", views.add_contract, name="add_contract"),
    path("contracts/switch/", views.switch_contract, name="switch_contract"),
]
