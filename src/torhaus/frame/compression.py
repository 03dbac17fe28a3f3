"""Pages go compressed; files, ranges and streams go as they are.

Django's own middleware lengthens each answer by a random amount, which takes the measure
from whoever would guess secrets by the length of compressed pages (BREACH).
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressPages(GZipMiddleware):
    """Compress HTML only: a compressed range or a weakened ETag would break resumed downloads (RFC 9110)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Give the answer, compressed if it is a whole page."""
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed
