"""Preferences, legal pages, brand files, health."""

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from torhaus.core.storage import file_store
from torhaus.frame.access import public, public_file
from torhaus.frame.branding import brand_css, css_digest
from torhaus.frame.context import THEMES
from torhaus.frame.errors import not_found
from torhaus.frame.health import database_answers
from torhaus.frame.languages import remember_language
from torhaus.frame.metrics import may_see_metrics, metrics_text
from torhaus.frame.redirects import safe_target
from torhaus.frame.viewers import secure_cookie, vendor_of

_YEAR = 365 * 24 * 3600
_LOGO_TYPES = frozenset({"image/svg+xml", "image/png", "image/webp", "image/jpeg"})


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language and go back to the page."""
    response = _back(request)
    remember_language(request, response, request.POST.get("language", ""))
    return response


@public
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark display and go back to the page."""
    response = _back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            secure_cookie("torhaus_theme"),
            theme,
            max_age=_YEAR,
            path="/",
            secure=settings.OPTIONS.https,
            httponly=True,
            samesite="Lax",
        )
    return response


@public
@require_safe
def legal_notice(request: HttpRequest) -> HttpResponse:
    """The legal notice (Impressum, § 5 DDG) from the vendor's profile."""
    return render(request, "web/pages/legal_notice.html")


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "web/pages/accessibility.html")


@public_file
@require_safe
def brand_style(request: HttpRequest) -> HttpResponse:
    """The vendor's colours as a style sheet; its address carries the hash of its content."""
    vendor = vendor_of(request)
    css = brand_css(vendor.accent_light, vendor.accent_dark, vendor.bar_color) if vendor else brand_css("", "", "")
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    current = request.GET.get("v") == css_digest(css)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if current else "no-cache"
    return response


@public_file
@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponseBase:
    """The vendor's logo, under the hash of its content. An SVG may run nothing, even opened by itself."""
    vendor = vendor_of(request)
    if vendor is None or not vendor.logo_key or digest != vendor.logo_key or vendor.logo_type not in _LOGO_TYPES:
        return not_found(request)
    try:
        response = FileResponse(file_store().open(digest), content_type=vendor.logo_type)
    except FileNotFoundError:
        return not_found(request)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; sandbox"
    return response


@public_file
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """Whether the process answers."""
    return JsonResponse({"status": "live"}, headers={"Cache-Control": "no-store"})


@public_file
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Whether requests can be served: the database answers. It says no more than that."""
    works = database_answers()
    body = {"status": "ready" if works else "database unavailable"}
    return JsonResponse(body, status=200 if works else 503, headers={"Cache-Control": "no-store"})


@public_file
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What the licence API was asked, for Prometheus, within the networks that may read it; for others nothing."""
    if not may_see_metrics(request):
        return not_found(request)
    return HttpResponse(
        metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(safe_target(request, request.POST.get("next", "")) or "web:home")
