"""The WSGI application that the server runs; it does not come into being with unsafe settings."""

import gc
import logging
import os
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from torhaus.frame.addresses import from_trusted_proxy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
if settings.REFUSALS:
    raise ImproperlyConfigured("\n".join(settings.REFUSALS))
_portal = get_wsgi_application()
# Its rooms have models, which are there only now.
_hot = import_module("torhaus.api.licensing.hot")
_seen = import_module("torhaus.licensing.seen").SEEN
# Servers copy their environment into that of each request (PEP 3333 allows it), where settings - ours, and
# those of the S3 and PostgreSQL libraries -, secrets among them, have no business. Looked up once: the process's own
# environment does not change any more.
_SETTINGS = tuple(name for name in os.environ if name.startswith(("TORHAUS_", "AWS_", "PG")))
_log = logging.getLogger(__name__)
# What is loaded by now stays: the collector need not look through it again and again.
gc.freeze()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request; ``X-Forwarded-Proto`` is believed only from a trusted proxy (ASVS 4.1.3)."""
    for name in _SETTINGS:
        environ.pop(name, None)
    if "HTTP_X_FORWARDED_PROTO" in environ and not from_trusted_proxy(environ.get("REMOTE_ADDR", "")):
        del environ["HTTP_X_FORWARDED_PROTO"]
    _seen.keep_writing()
    try:
        if reply := _hot.answer(environ):
            start_response(reply.status, reply.headers)
            return [reply.body]
        return _portal(environ, start_response)
    except Exception:  # noqa: BLE001 - whatever it is, the caller gets an answer
        # Even the error page failed. The server would print the traceback past our log and its redaction.
        _log.exception("no answer", extra={"event": {"path": environ.get("PATH_INFO", "")}})
        start_response("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"Something went wrong here. Please try again later."]
