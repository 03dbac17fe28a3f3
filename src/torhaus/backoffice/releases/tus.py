"""Resumable uploads by the tus protocol 1.0.0: core, and the extensions creation, termination, checksum, expiration.

A piece is received into a file without a name before it is appended: a slow line holds no
lock, and what a killed process had received is gone with it.
"""

import base64
import binascii
import hashlib
import tempfile
from collections.abc import Callable
from contextlib import suppress
from email.utils import format_datetime
from typing import BinaryIO

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    RawPostDataException,
    UnreadablePostError,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from torhaus.accounts.models import User
from torhaus.frame.access import staff_may
from torhaus.frame.files import safe_name
from torhaus.releases import uploads
from torhaus.releases.models import Upload

VERSION = "1.0.0"
PIECE_AT_MOST = 64 * 1024 * 1024
ALGORITHMS = ("sha1", "sha256")
_MISMATCH = 460  # the protocol's own


class _Refused(Exception):
    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


@staff_may("publish_release")
@require_http_methods(["OPTIONS", "POST"])
def begin_upload(request: HttpRequest) -> HttpResponse:
    """Say what the server can (OPTIONS), or begin an upload (POST)."""
    return _able(request) if request.method == "OPTIONS" else _answer(request, _begin)


@staff_may("publish_release")
@require_http_methods(["OPTIONS", "HEAD", "PATCH", "DELETE", "POST"])
def upload(request: HttpRequest, ref: str) -> HttpResponse:
    """Tell how far one's upload is, take its next piece, or end it. Another's is a 404."""
    method = request.method
    if method == "POST":  # for what cannot send the others; anything else is no method of an upload
        method = request.headers.get("X-HTTP-Method-Override", "").upper()
    if method == "OPTIONS":
        return _able(request)
    steps = {"HEAD": _tell, "PATCH": _append, "DELETE": _end}
    if method not in steps:
        return HttpResponse(status=405, headers={"Allow": "OPTIONS, HEAD, PATCH, DELETE"})
    found = uploads.upload_of(ref, staff_of(request))
    if found is None:
        raise Http404
    return _answer(request, lambda asked: steps[method](asked, found))


def staff_of(request: HttpRequest) -> User:
    """Give the member of staff who asks; the middleware let nobody else in."""
    assert isinstance(request.user, User)  # noqa: S101 - by the declaration of the view
    return request.user


def _able(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Max-Size": str(uploads.largest()),
            "Tus-Extension": "creation,termination,checksum,expiration",
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        },
    )


def _answer(request: HttpRequest, step: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """Give what a step answers; its refusal becomes a problem (RFC 9457)."""
    response: HttpResponse
    try:
        _require_version(request)
        response = step(request)
    except _Refused as refused:
        _read_away(request)
        body = {"status": refused.status, "code": refused.code, "detail": refused.detail}
        response = JsonResponse(body, status=refused.status, content_type="application/problem+json")
        if refused.status == 412:
            response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


def _require_version(request: HttpRequest) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise _Refused(412, "tus-version", _("This server speaks version 1.0.0 of the tus protocol."))


def _begin(request: HttpRequest) -> HttpResponse:
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    size = _number(request, "Upload-Length")
    try:
        begun, new = uploads.begin_upload(
            name=safe_name(said.get("filename", "")),
            size=size,
            fingerprint=said.get("fingerprint", "")[:40],
            by=staff_of(request),
        )
    except uploads.UploadRefused as refusal:
        raise refused_as(refusal) from refusal
    # Relative, as RFC 9110 allows: behind a proxy the server may not know the name it is called by.
    address = reverse("backoffice:upload", args=[begun.ref])
    headers = {"Location": address, "Upload-Offset": str(begun.received), "Upload-Expires": _expires(begun)}
    return HttpResponse(status=201 if new else 200, headers=headers)


def _tell(_request: HttpRequest, found: Upload) -> HttpResponse:
    headers = {"Upload-Offset": str(found.received), "Upload-Length": str(found.size)}
    return HttpResponse(status=200, headers=headers | {"Upload-Expires": _expires(found)})


def _append(request: HttpRequest, found: Upload) -> HttpResponse:
    if request.content_type != "application/offset+octet-stream":
        raise _Refused(415, "content-type", _("A piece has the content type application/offset+octet-stream."))
    offset, length = _number(request, "Upload-Offset"), _length(request)
    if offset != found.received:
        raise _Refused(409, "offset", _("The upload is at another place. Ask where it is, and go on from there."))
    if length > min(PIECE_AT_MOST, found.size - offset):
        raise _Refused(413, "too-large", _("This piece is too large."))
    algorithm, expected = _checksum(request)
    uploads.folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=uploads.folder()) as piece:
        digest = _receive(request, piece, length, algorithm)
        if expected is not None and digest != expected:
            raise _Refused(_MISMATCH, "checksum", _("The piece arrived damaged and was thrown away. Send it again."))
        piece.seek(0)
        try:
            now = uploads.append_piece(upload=found, offset=offset, piece=piece)
        except uploads.UploadRefused as refusal:
            raise refused_as(refusal) from refusal
    return HttpResponse(status=204, headers={"Upload-Offset": str(now.received), "Upload-Expires": _expires(now)})


def _end(_request: HttpRequest, found: Upload) -> HttpResponse:
    if found.request_id is not None:
        raise _Refused(403, "in-use", _("This file is being published and cannot be removed."))
    uploads.end_upload(upload=found)
    return HttpResponse(status=204)


def refused_as(refusal: uploads.UploadRefused) -> _Refused:
    """Give the answer for a refusal of the releases' room."""
    if isinstance(refusal, uploads.Conflict):
        text = _("The upload is at another place. Ask where it is, and go on from there.")
        return _Refused(409, "offset", text)
    if isinstance(refusal, uploads.Gone):
        return _Refused(410, "gone", _("This upload is no longer there. Choose the file again."))
    if isinstance(refusal, uploads.TooManyUploads):
        return _Refused(409, "too-many", _("You have too many unfinished uploads. Remove one below, then try again."))
    if isinstance(refusal, uploads.DiskFull):
        return _Refused(507, "disk-full", _("There is no room for this file on the server. Tell its administrator."))
    if isinstance(refusal, uploads.EmptyFile):
        return _Refused(400, "empty-file", _("This file is empty. Choose another."))
    gib = uploads.largest() // 1024**3
    return _Refused(413, "too-large", _("This file is too large. At most %(gib)s GiB are taken.") % {"gib": gib})


def _receive(request: HttpRequest, piece: BinaryIO, length: int, algorithm: str) -> bytes:
    """Write the request's body to ``piece``. A line that breaks ends it early: what came counts, without a checksum."""
    digest = hashlib.new(algorithm or "sha256", usedforsecurity=False)
    left = length
    with suppress(UnreadablePostError, OSError):
        while left and (block := request.read(min(left, uploads.BLOCK))):
            piece.write(block)
            digest.update(block)
            left -= len(block)
    return digest.digest() if not left else b""


def _read_away(request: HttpRequest) -> None:
    """Read what is left of a refused piece: an answer before the end of the request breaks the line instead."""
    length = request.headers.get("Content-Length", "")
    if length.isascii() and length.isdecimal() and int(length) <= PIECE_AT_MOST:
        with suppress(UnreadablePostError, OSError, RawPostDataException):
            while request.read(uploads.BLOCK):
                pass


def _metadata(header: str) -> dict[str, str]:
    found = {}
    for pair in header.split(",") if header else []:
        key, _blank, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8").replace("\x00", "")
        except (binascii.Error, ValueError):
            raise _Refused(400, "metadata", _("The header Upload-Metadata cannot be read.")) from None
    return found


def _checksum(request: HttpRequest) -> tuple[str, bytes | None]:
    header = request.headers.get("Upload-Checksum", "")
    if not header:
        return "", None
    algorithm, _blank, value = header.partition(" ")
    try:
        expected = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        expected = b""
    if algorithm not in ALGORITHMS or not expected:
        raise _Refused(400, "checksum-algorithm", _("The header Upload-Checksum cannot be read."))
    return algorithm, expected


def _number(request: HttpRequest, header: str) -> int:
    given = request.headers.get(header, "")
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise _Refused(400, "header", _("The header %(header)s must be a whole number.") % {"header": header})
    return int(given)


def _length(request: HttpRequest) -> int:
    given = request.headers.get("Content-Length", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise _Refused(411, "length", _("The header %(header)s must be a whole number.") % {"header": "Content-Length"})
    return int(given)


def _expires(upload: Upload) -> str:
    return format_datetime(upload.changed_at + uploads.KEPT, usegmt=True)
