"""URLs of lost tokens. Only one of them holds a code, and it leads on at once to one without."""

from django.urls import path

from torhaus.web.lost_token import views

urlpatterns = [
    path("lost-token/", views.lost_token, name="lost_token"),
    path("lost-token/new/", views.replace_lost_token, name="replace_lost_token"),
    path("lost-token/<str:ref>/<str:code>/", views.open_token_reset, name="open_token_reset"),
]
