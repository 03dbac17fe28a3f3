"""Error pages in the portal's design: each says what happened and what to do next."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def _page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    response = render(request, f"frame/errors/{status}.html", {"status": status, **context}, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request makes no sense."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the right is missing; the page names whom to ask."""
    return _page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form came without its CSRF token, usually because it was open for long."""
    return _page(request, 403, csrf=True)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing here, or nothing that is yours; strangers cannot tell which."""
    return _page(request, 404)


def too_many(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """429: wait ``retry_after`` seconds."""
    response = _page(request, 429, minutes=max(1, -(-retry_after // 60)))
    response.headers["Retry-After"] = str(retry_after)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the page shows the request id that leads to the log entry."""
    return _page(request, 500)
