"""URLs of coming in by name. Those that hold a code lead on at once to one without."""

from django.urls import path

from torhaus.web.people import codes, views

urlpatterns = [
    path("login/person/", views.sign_in_person, name="sign_in_person"),
    path("login/code/", codes.send_login_code, name="send_login_code"),
    path("login/code/enter/", codes.sign_in_code, name="sign_in_code"),
    path("contracts/", views.choose_contract, name="choose_contract"),
    path("lost-password/", views.lost_password, name="lost_password"),
    path("lost-password/new/", views.reset_password, name="reset_password"),
    path("lost-password/<str:ref>/<str:code>/", views.open_password_reset, name="open_password_reset"),
    path("invitation/", views.accept_invitation, name="accept_invitation"),
    path("invitation/<str:ref>/<str:code>/", views.open_invitation, name="open_invitation"),
    path("passkey/<str:ref>/<str:code>/", views.open_passkey_link, name="open_passkey_link"),
]
