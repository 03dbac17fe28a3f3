"""The portal's URLs and two empty pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from torhaus.frame.access import public, viewer_may


@public
def bare(request: HttpRequest) -> HttpResponse:
    """Nothing but the framework and the middleware: no template."""
    return HttpResponse("<!doctype html><title>empty</title>")


@viewer_may("see_dashboard")
def framed(request: HttpRequest) -> HttpResponse:
    """A signed-in page with the portal's frame and no content of its own."""
    return render(request, "frame/base.html")


urlpatterns = [
    path("bench/bare/", bare),
    path("bench/framed/", framed),
    path("", include("torhaus.config.urls")),
]
