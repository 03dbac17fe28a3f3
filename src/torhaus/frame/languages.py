"""The page's language: the one chosen, else what the browser asks for, else the vendor's."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from torhaus.frame.viewers import vendor_of

CODES = frozenset(code for code, _name in settings.LANGUAGES)


class Language(LocaleMiddleware):
    """Django's choice, with the vendor's language where neither cookie nor browser name one of ours."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of this request."""
        super().process_request(request)
        if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in CODES or _browser_names_one(request):
            return
        request.__dict__["language_open"] = True


def settle_language(request: HttpRequest) -> None:
    """Take the vendor's language if nobody asked for one. Called where the vendor is known anyway."""
    vendor = vendor_of(request) if request.__dict__.get("language_open") else None
    if vendor is not None and vendor.language in CODES:
        translation.activate(vendor.language)
        request.LANGUAGE_CODE = vendor.language


def remember_language(request: HttpRequest, response: HttpResponse, code: str, *, only_first: bool = False) -> None:
    """Keep a language in the cookie; ``only_first`` leaves a choice that was made before alone."""
    if code not in CODES or (only_first and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in CODES):
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path="/",
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


def _browser_names_one(request: HttpRequest) -> bool:
    wanted = request.headers.get("Accept-Language", "").lower().split(",")
    return any(part.strip()[:2] in CODES for part in wanted)
