"""The portal as shipped, plus two empty pages to compare with (used by bench_pages only)."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")


def bare(request: HttpRequest) -> HttpResponse:
    """Nothing but the framework: all middleware, no session, no query, no template."""
    return HttpResponse("<!doctype html><title>empty</title>")


def framed(request: HttpRequest) -> HttpResponse:
    """A signed-in page with the portal's frame and no content of its own."""
    return render(request, "frame/base.html")


settings.ROOT_URLCONF = "benchmarks.page_server"
application = get_wsgi_application()

from torhaus.frame.access import public, viewer_may  # noqa: E402 - needs the application's settings

urlpatterns = [
    path("bench/bare/", public(bare)),
    path("bench/framed/", viewer_may("see_dashboard")(framed)),
    path("", include("torhaus.config.urls")),
]
