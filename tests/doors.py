"""Clients that stand inside a door: a customer's by licence token, staff's by account."""

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.urls import reverse

from torhaus.accounts.models import User
from torhaus.core import clock


def signed_in(token: str, **options) -> Client:
    """A client that signed in with a licence token, as a browser does."""
    client = Client(**options)
    response = client.post(reverse("web:sign_in"), {"token": token})
    assert response.status_code == 302, response.content.decode()
    return client


def staff_client(user: User, **session_values) -> Client:
    """A client with a living session of ``user``, without going through the sign-in form."""
    client = Client()
    session = client.session
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["started_at"] = session["seen_at"] = clock.now().timestamp()
    session.update(session_values)
    session.save()
    client.cookies["torhaus_session"] = session.session_key
    return client
