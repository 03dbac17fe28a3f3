"""Error pages in the portal's design: each says what happened and what to do next.

A program that asked gets the same refusals as problem details instead (``problems.py``).
"""

import logging
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django_scopes import scope

from torhaus.frame import problems
from torhaus.frame.addresses import client_address
from torhaus.frame.branding import brand_of
from torhaus.frame.context import theme_of
from torhaus.organisations.models import Membership
from torhaus.organisations.people import owner_of

_security = logging.getLogger("torhaus.security")


def _page(request: HttpRequest, status: int, template: str = "", **context: Any) -> HttpResponse:
    name = f"frame/errors/{template or status}.html"
    response = render(request, name, {"status": status, **context}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request makes no sense."""
    if problems.wants_problem(request):
        return problems.bad_request(request)
    return _bare(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the right is missing; the page names whom to ask."""
    if problems.wants_problem(request):
        return problems.forbidden(request)
    return _page(request, 403, owner=_owner(request))


def method_refused(request: HttpRequest, *, allowed: str) -> HttpResponse:
    """403: the customer lets nobody in by the way this session was begun."""
    if problems.wants_problem(request):
        return problems.forbidden(request)
    return _page(request, 403, template="method", allowed=allowed, owner=_owner(request))


def _owner(request: HttpRequest) -> Membership | None:
    """Give the owner of the account whose page a person may not see; a bare token, which may be anybody's, learns no name."""
    viewer = getattr(request, "viewer", None)
    if viewer is None or not viewer.person_name:
        return None
    with scope(customer=viewer.customer_id, customer_ref=viewer.customer_ref):
        return owner_of(viewer.customer_id)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form came without its CSRF token, usually because it was open for long."""
    if problems.wants_problem(request):
        return problems.forbidden(request)
    event = {"reason": reason, "path": request.path, "address": client_address(request)}
    _security.warning("form refused", extra={"event": event})
    return _page(request, 403, template="csrf")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing here, or nothing that is yours; strangers cannot tell which."""
    if problems.wants_problem(request):
        return problems.not_found(request)
    return _page(request, 404)


def not_allowed(request: HttpRequest, *, allow: str) -> HttpResponse:
    """405: the address takes other methods, which ``allow`` lists; usually a form's address opened as a page."""
    if problems.wants_problem(request):
        return problems.not_allowed(request, allow=allow)
    response = _page(request, 405)
    response.headers["Allow"] = allow
    return response


def too_many(request: HttpRequest, *, retry_after: int, template: str = "") -> HttpResponse:
    """429: wait ``retry_after`` seconds. The page is about sign-ins unless another one is named."""
    if problems.wants_problem(request):
        return problems.too_many(request, retry_after=retry_after)
    response = _page(request, 429, template, minutes=max(1, -(-retry_after // 60)))
    response.headers["Retry-After"] = str(retry_after)
    return response


def too_large(request: HttpRequest, *, mib: int) -> HttpResponse:
    """413: the files sent with a form are far beyond ``mib`` MiB; nothing of it was read."""
    return _page(request, 413, mib=mib)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the page shows the request id that leads to the log entry.

    A database that is busy or gone is 503: nothing was changed, and the same request works again soon.
    """
    busy = isinstance(sys.exc_info()[1], InterfaceError | OperationalError)
    if problems.wants_problem(request):
        return problems.database_unavailable(request) if busy else problems.server_error(request)
    if busy:
        response = _bare(request, 503, template="busy")
        response.headers["Retry-After"] = "10"
        return response
    return _bare(request, 500)


def no_vendor(request: HttpRequest) -> HttpResponse:
    """503: the portal runs, but no vendor is loaded yet; the page says how."""
    if problems.wants_problem(request):
        return problems.unavailable(request, retry_after=60)
    response = _bare(request, 503, template="no_vendor")
    response.headers["Retry-After"] = "60"
    return response


def _bare(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    """Render without context processors: neither database nor session need work, nor the host be known."""
    context = {
        "status": status,
        "request_id": getattr(request, "request_id", ""),
        "theme": theme_of(request),
        "brand": brand_of(None),
    }
    page = render_to_string(f"frame/errors/{template or status}.html", context)
    return HttpResponse(page, status=status, headers={"Cache-Control": "no-store"})
