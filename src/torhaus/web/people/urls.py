"""URLs of coming in by name. Those that hold a code lead on at once to one without."""

from django.urls import path

from torhaus.web.people import views

urlpatterns = [
    path("login/person/", views.sign_in_person, name="sign_in_person"),
    path("contracts/", views.choose_contract, name="choose_contract"),
    path("lost-password/", views.lost_password, name="lost_password"),
    path("lost-password/new/", views.reset_password, name="reset_password"),
    path("lost-password/<str:ref>/<str:code>/", views.open_password_reset, name="open_password_reset"),
    path("invitation/", views.accept_invitation, name="accept_invitation"),
    path("invitation/<str:ref>/<str:code>/", views.open_invitation, name="open_invitation"),
]
