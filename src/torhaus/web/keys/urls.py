"""URLs of the published keys, and of what was taken back."""

from django.urls import path

from torhaus.web.keys import views

urlpatterns = [
    path(".well-known/jwks.json", views.signing_keys, name="signing_keys"),
    path(".well-known/torhaus-keys", views.signed_key_sets, name="signed_key_sets"),
    path(".well-known/torhaus-revocations", views.revocations, name="revocations"),
    path(".well-known/minisign.pub", views.minisign_keys, name="minisign_keys"),
]
