"""The WSGI application that the server runs; it does not come into being with unsafe settings."""

import os
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from torhaus.frame.addresses import from_trusted_proxy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
if settings.REFUSALS:
    raise ImproperlyConfigured("\n".join(settings.REFUSALS))
_portal = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request; ``X-Forwarded-Proto`` is believed only from a trusted proxy (ASVS 4.1.3)."""
    if "HTTP_X_FORWARDED_PROTO" in environ and not from_trusted_proxy(environ.get("REMOTE_ADDR", "")):
        del environ["HTTP_X_FORWARDED_PROTO"]
    return _portal(environ, start_response)
