"""What every page's frame needs: vendor, viewer, navigation, theme."""

from typing import Any

from django.http import HttpRequest

from torhaus.frame.viewers import secure_cookie
from torhaus.vendor.models import Vendor

THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """Give the frame's values to every template."""
    theme = request.COOKIES.get(secure_cookie("torhaus_theme"), "")
    return {
        "vendor": Vendor.objects.first(),
        "viewer": getattr(request, "viewer", None),
        "theme": theme if theme in THEMES else "",
        "request_id": getattr(request, "request_id", ""),
    }
