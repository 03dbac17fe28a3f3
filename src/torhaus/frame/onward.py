"""Where somebody goes on after signing in, kept in the session where its address is a secret and stays out of others."""

from django.http import HttpRequest

from torhaus.core import clock
from torhaus.frame.redirects import safe_target

_KEY, _SECONDS = "onward", 1800


def go_on_later(request: HttpRequest, path: str) -> None:
    """Remember a page of ours until somebody has signed in here, for half an hour."""
    request.session[_KEY] = {"path": path, "at": clock.now().timestamp()}


def take_onward(request: HttpRequest) -> str:
    """Give the page that was remembered, once; nothing if there is none, or it is long ago."""
    held = request.session.pop(_KEY, None)
    if not held or not 0 <= clock.now().timestamp() - held["at"] + 120 < _SECONDS + 120:
        return ""
    return safe_target(request, held["path"])
