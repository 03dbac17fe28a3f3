"""Whose account the pages are about."""

from typing import cast

from django.http import HttpRequest

from torhaus.accounts.models import User


def person_of(request: HttpRequest) -> User:
    """Give the person; the middleware has let nobody else in."""
    return cast("User", request.user)


def customer_ref(request: HttpRequest) -> str:
    """Give the customer in whose portal the person is just now, for the record; none for staff."""
    viewer = getattr(request, "viewer", None)
    return viewer.customer_ref if viewer else ""
