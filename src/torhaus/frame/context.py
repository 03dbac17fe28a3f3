"""What every page's frame needs: vendor, viewer, navigation, theme. It gives what it can with the database down."""

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from torhaus.frame.branding import Brand, brand_of
from torhaus.frame.languages import settle_language
from torhaus.frame.navigation import portal_navigation, staff_navigation
from torhaus.frame.redirects import path_to_keep
from torhaus.frame.viewers import secure_cookie, shown_viewer, unlocked_contracts, vendor_of

THEMES = ("light", "dark")
_log = logging.getLogger(__name__)


def page(request: HttpRequest) -> dict[str, Any]:
    """Give the frame's values to every template."""
    values: dict[str, Any] = {
        "theme": theme_of(request),
        "request_id": getattr(request, "request_id", ""),
        "keep": path_to_keep(request),
        "vendor": None,
        "viewer": None,
        "staff": None,
        "brand": Brand(),
    }
    try:
        vendor = vendor_of(request)
        settle_language(request)
        values["vendor"], values["brand"] = vendor, brand_of(vendor)
        if vendor is not None:
            values |= _who(request)
    except DatabaseError:
        _log.warning("the frame is shown without the database")
    return values | {"languages": other_languages()}


def theme_of(request: HttpRequest) -> str:
    """Give the chosen theme, or nothing for the system's."""
    theme = request.COOKIES.get(secure_cookie("torhaus_theme"), "")
    return theme if theme in THEMES else ""


def other_languages() -> list[dict[str, str]]:
    """Give the languages one can switch to, each named in itself."""
    active = (translation.get_language() or "en")[:2]
    return [{"code": code, "name": name} for code, name in settings.LANGUAGES if code != active]


def _who(request: HttpRequest) -> dict[str, Any]:
    viewer, staff = shown_viewer(request)
    values: dict[str, Any] = {"viewer": viewer, "staff": staff}
    if viewer is not None:
        values["navigation"] = portal_navigation(request, viewer) if not viewer.bar else []
        values["unlocked"] = SimpleLazyObject(lambda: unlocked_contracts(request))
    if staff is not None:
        if viewer is None:
            values["shell"] = "frame/staff.html"
        values["staff_navigation"] = staff_navigation(request, staff.staff_role)
    return values
