"""Request id, and the enforcement of what views declare."""

import logging
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django_scopes import scope

from torhaus.core import clock
from torhaus.frame import logs, problems
from torhaus.frame.access import Access, Viewer
from torhaus.frame.addresses import client_address
from torhaus.frame.bearer import viewer_or_problem
from torhaus.frame.entering import factor_first, note_entry
from torhaus.frame.errors import forbidden, no_vendor, not_allowed, not_found
from torhaus.frame.languages import settle_language
from torhaus.frame.rights import STAFF_ROLES
from torhaus.frame.rules_of_customers import kept_out
from torhaus.frame.sending import SENDER
from torhaus.frame.sessions import note_use
from torhaus.frame.viewers import alive, find_viewer, vendor_of

Handler = Callable[[HttpRequest], HttpResponseBase]
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,36}")
_security = logging.getLogger("torhaus.security")


def request_id(get_response: Handler) -> Handler:
    """Give every request an id (a caller's own if it is well formed) for log, record and error page (R84)."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        own = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = own  # type: ignore[attr-defined]  # read by error pages and records
        token = logs.request_id.set(own)
        try:
            response = get_response(request)
            response.headers["X-Request-ID"] = own
            return response
        finally:
            logs.request_id.reset(token)

    return handle


def readable_cookies(get_response: Handler) -> Handler:
    """Drop cookies with a null character, which no text of PostgreSQL takes: a session's name is looked up there."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if "\x00" in value]:
            del request.COOKIES[name]
        return get_response(request)

    return handle


class access:  # noqa: N801 - named like Django's function middlewares
    """Let a request in only where the view's declaration allows it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on; pages are never cached, and the time zone of this request ends with it."""
        try:
            response = self.get_response(request)
            if response.status_code == 405 and not getattr(response, "content", b""):
                response = not_allowed(request, allow=response.headers.get("Allow", ""))
        finally:
            timezone.deactivate()
        if SENDER in request.META:
            response = _by_portal(request, response)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return _private(response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Enforce the declaration; inside it run the view in the viewer's scope."""
        declared = getattr(view, "access", None)
        match = request.resolver_match
        if declared is None and match is not None and "admin" in match.namespaces:
            declared = Access("staff", "use_admin")
        if declared is None:
            raise ImproperlyConfigured(f"{request.path}: the view declares nobody who may enter")
        if not declared.page:
            return None
        if vendor_of(request) is None:
            return no_vendor(request)
        if any("\x00" in value for value in kwargs.values() if isinstance(value, str)):
            return not_found(request)  # nothing is called so, and PostgreSQL refuses to look
        settle_language(request)
        if declared.audience == "token" or (declared.by_token and problems.brings_token(request)):
            return self._program(request, view, args, kwargs, declared)
        _end_if_over(request)
        if declared.audience == "public":
            return None
        if elsewhere := factor_first(request, unproven=declared.unproven):
            return elsewhere
        enter = {"staff": self._staff, "person": self._person}.get(declared.audience, self._viewer)
        return enter(request, view, args, kwargs, declared)

    def _person(self, request: HttpRequest, view: Any, args: Any, kwargs: Any, declared: Access) -> HttpResponseBase:
        """Let in whoever has an account, to what is about themselves; a bare token has none."""
        user = request.user
        viewer = find_viewer(request)
        if not user.is_authenticated:
            return (
                _denied(request, declared.right, actor=viewer.token_public_id)
                if viewer
                else _to_sign_in(request, "web:sign_in")
            )
        if viewer and (out := kept_out(request, viewer, before_rules=True)):
            return out
        request.viewer = None if user.staff_role else viewer  # type: ignore[attr-defined]  # read by the frame
        return _private(view(request, *args, **kwargs))

    def _staff(self, request: HttpRequest, view: Any, args: Any, kwargs: Any, declared: Access) -> HttpResponseBase:
        user, right = request.user, declared.right
        if not user.is_authenticated or not user.staff_role:
            return _to_sign_in(request, "backoffice:sign_in")
        if right and right not in STAFF_ROLES.get(user.staff_role, frozenset()):
            return _denied(request, right, actor=user.ref)
        request.viewer = None  # type: ignore[attr-defined]  # a preview under way is not shown among staff pages
        return _private(view(request, *args, **kwargs))

    def _program(self, request: HttpRequest, view: Any, args: Any, kwargs: Any, declared: Access) -> HttpResponseBase:
        """Let in who brings a licence token; cookies are not looked at."""
        if declared.audience == "token" and not request.accepts("application/json"):
            return problems.not_acceptable(request)
        viewer = viewer_or_problem(request)
        if isinstance(viewer, HttpResponse):
            return viewer
        request.viewer = viewer  # type: ignore[attr-defined]  # read through viewer_of
        request.user = AnonymousUser()
        if not viewer.may(declared.right):
            return _denied(request, declared.right, actor=viewer.token_public_id)
        return _in_scope(viewer, view, request, args, kwargs)

    def _viewer(self, request: HttpRequest, view: Any, args: Any, kwargs: Any, declared: Access) -> HttpResponseBase:
        viewer = find_viewer(request)
        if viewer is None:
            return _to_sign_in(request, "web:sign_in")
        request.viewer = viewer  # type: ignore[attr-defined]  # read through viewer_of
        if out := kept_out(request, viewer, before_rules=declared.before_rules):
            return out
        right = declared.right
        if not viewer.may(right) or (viewer.read_only and request.method not in {"GET", "HEAD"}):
            return _denied(request, right, actor=viewer.token_public_id or viewer.preview_by)
        if not declared.before_rules:  # to choose a customer is not to enter one
            note_entry(request, viewer)
        return _in_scope(viewer, view, request, args, kwargs)


def _by_portal(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Lead from the process for files to the portal where the answer is a page: only the portal has style and sign-in.

    Where both have one address a proxy tells them apart, and pages look right anyway.
    """
    portal = settings.OPTIONS.public_url.rstrip("/")
    if f"{request.scheme}://{request.get_host()}" == portal:
        return response
    if response.headers.get("Location", "").startswith("/"):
        response.headers["Location"] = portal + response.headers["Location"]
    elif response.headers.get("Content-Type", "").startswith("text/html"):
        return redirect(portal + request.get_full_path())
    return response


def _end_if_over(request: HttpRequest) -> None:
    """End a session past its limits; note that it is in use."""
    if request.session.get("started_at") is None and not request.user.is_authenticated:
        return
    if not alive(request):
        logout(request)
        request.session_ended = True  # type: ignore[attr-defined]  # the sign-in page says so
    elif clock.now().timestamp() - request.session["seen_at"] > 60:
        note_use(request)  # once a minute is enough for an hour's limit and spares a write per page


def _denied(request: HttpRequest, right: str, *, actor: str) -> HttpResponse:
    _security.warning(
        "denied",
        extra={"event": {"right": right, "actor": actor, "path": request.path, "address": client_address(request)}},
    )
    return forbidden(request)


def _in_scope(viewer: Viewer, view: Any, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponseBase:
    with scope(customer=viewer.customer_id, customer_ref=viewer.customer_ref):
        response = view(request, *args, **kwargs)
        if hasattr(response, "render"):
            response = response.render()
        return _private(response)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    if not response.has_header("Cache-Control"):
        add_never_cache_headers(response)  # includes no-store (ASVS 14.3.2)
    return response


def _to_sign_in(request: HttpRequest, name: str) -> HttpResponse:
    target = reverse(name)
    query = {"next": request.get_full_path()} if request.method == "GET" else {}
    if getattr(request, "session_ended", False):
        query["ended"] = "1"
    return redirect(target + ("?" + urlencode(query) if query else ""))
