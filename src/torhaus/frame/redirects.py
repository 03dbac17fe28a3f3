"""Where to go after a form: only ever to a page of this portal (R28)."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme


def safe_target(request: HttpRequest, target: str) -> str:
    """Give ``target`` if it is a path of this portal, else nothing."""
    if not target.startswith("/") or len(target) > 2000:
        return ""
    # No host is allowed at all: a path of ours needs none.
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure()):
        return ""
    try:
        resolve(urlsplit(target).path)
    except Resolver404:
        return ""
    return target


def path_to_keep(request: HttpRequest) -> str:
    """Give the page to come back to after a switch of language or theme."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
