"""Answer a stored file: whole, in part (RFC 9110 Range), or not at all because the caller has it.

Files are streamed in pieces, so memory does not grow with their size. Their names may
hold anything a number can (RFC 6266), and nothing of them is kept by a cache.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from torhaus.core.file_names import safe_name

__all__ = ["answer_file", "disposition", "planned", "safe_name"]
PIECE = 64 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class _Pieces:
    """The bytes of an open file from its position on, closed when the response is."""

    def __init__(self, opened: BinaryIO, length: int) -> None:
        self.opened = opened
        self.left = length

    def __iter__(self) -> Iterator[bytes]:
        while self.left > 0 and (piece := self.opened.read(min(PIECE, self.left))):
            self.left -= len(piece)
            yield piece

    def close(self) -> None:
        """Close the file; Django calls it at the end of the response, also of one broken off."""
        self.opened.close()


@dataclass(frozen=True)
class Plan:
    """How a request for a stored file is answered: with ``length`` bytes from ``first`` on, or with no content."""

    status: int
    headers: dict[str, str]
    first: int = 0
    length: int = 0
    has_content: bool = False

    def empty(self) -> HttpResponse:
        """Give the answer without the bytes: there are none, or somebody else sends them."""
        answer = HttpResponse(status=self.status, headers=self.headers)
        if "Content-Type" not in self.headers:
            del answer.headers["Content-Type"]
        return answer

    def streamed(self, opened: BinaryIO) -> StreamingHttpResponse:
        """Give the answer with the bytes; takes the open file over."""
        opened.seek(self.first)
        return StreamingHttpResponse(_Pieces(opened, self.length), status=self.status, headers=self.headers)


def answer_file(
    request: HttpRequest, opened: BinaryIO, *, key: str, name: str, content_type: str = "application/octet-stream"
) -> HttpResponseBase:
    """Answer ``opened``, whose content has the key (SHA-256) ``key``, under the file name ``name``.

    Gives 200, 206, 304, 412 or 416; takes the file over and closes it. The bytes go through this
    process: it is for small files, :mod:`torhaus.frame.sending` is for large ones.
    """
    size = opened.seek(0, os.SEEK_END)
    plan = planned(request, key=key, size=size, name=name, content_type=content_type)
    if plan.has_content:
        return plan.streamed(opened)
    opened.close()
    return plan.empty()


def planned(request: HttpRequest, *, key: str, size: int, name: str, content_type: str) -> Plan:
    """Give how the request for a file of ``size`` bytes is answered, by its method, conditions and range."""
    etag = f'"{key}"'
    status, length_told, first, length = _refusal(request, etag, size) or _content(request, etag, size)
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    if length_told is not None:
        headers["Content-Length"] = str(length_told)
    if status in {200, 206}:
        headers |= {"Content-Type": content_type, "Content-Disposition": disposition(name)}
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{size}"
    if status == 416:
        headers["Content-Range"] = f"bytes */{size}"
    has_content = status in {200, 206} and request.method != "HEAD"
    return Plan(status, headers, first, length, has_content)


def disposition(name: str) -> str:
    """Give the Content-Disposition for a download called ``name``, with a plain fallback (RFC 6266, appendix D)."""
    clean = safe_name(name)
    plain = clean.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    exact = "" if plain == clean else f"; filename*=UTF-8''{quote(clean, safe='')}"
    return f'attachment; filename="{plain}"{exact}'


# Status, Content-Length, first byte, number of bytes
_Answer = tuple[int, int | None, int, int]


def _refusal(request: HttpRequest, etag: str, size: int) -> _Answer | None:
    """Give 412 or 304 where the caller's conditions say so (RFC 9110, 13.2.2)."""
    if "If-Match" in request.headers and not _names(request.headers["If-Match"], etag, weak=False):
        return 412, None, 0, 0
    if "If-None-Match" in request.headers and _names(request.headers["If-None-Match"], etag, weak=True):
        # Its length, if any is told, is that of the content it stands for (RFC 9110, 8.6).
        return 304, size, 0, 0
    return None


def _names(header: str, etag: str, *, weak: bool) -> bool:
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or any((tag.removeprefix("W/") if weak else tag) == etag for tag in tags)


def _content(request: HttpRequest, etag: str, size: int) -> _Answer:
    wanted = _wanted(request, etag)
    if wanted is None:
        return 200, size, 0, size
    first, last = _bounds(wanted, size)
    if first > last:
        return 416, None, 0, 0
    return 206, last - first + 1, first, last - first + 1


def _wanted(request: HttpRequest, etag: str) -> tuple[str, str] | None:
    """Give the one range asked for. Several, malformed ones and another version's mean: the whole (14.2, 13.1.5)."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if request.method != "GET" or found is None or not any(found.groups()):
        return None
    if request.headers.get("If-Range", etag).strip() != etag:
        return None
    first, last = found.groups()
    return None if first and last and int(last) < int(first) else (first, last)


def _bounds(wanted: tuple[str, str], size: int) -> tuple[int, int]:
    first, last = wanted
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    return (int(first), min(int(last), size - 1) if last else size - 1)
