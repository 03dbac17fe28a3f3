"""URL of the published keys."""

from django.urls import path

from torhaus.web.keys import views

urlpatterns = [
    path(".well-known/jwks.json", views.signing_keys, name="signing_keys"),
    path(".well-known/minisign.pub", views.minisign_keys, name="minisign_keys"),
]
