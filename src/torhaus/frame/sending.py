"""Send stored files without keeping a worker for the length of a download.

A view authorises and calls :func:`send_stored_file`. The bytes then come from S3 itself (a presigned
address), from nginx (``send_files = "x-accel"``), or from the process for files beside the portal
(``"own"``: ``frame/file_sender.py``), to which :func:`file_address` leads browsers. Where there is none
of them - another server, the test client - this process sends, piece by piece.
"""

import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from torhaus.core.storage import FileStore, file_store
from torhaus.frame.files import disposition, planned

V = TypeVar("V", bound=Callable[..., Any])
_log = logging.getLogger(__name__)
LINK_SECONDS = 300
# In the environment of a request that the process for files received: takes a path, the first byte and their number.
SENDER: Final = "torhaus.send_file"
_port_beside: list[int] = []


def sends_files(view: V) -> V:
    """Mark a view whose answers are stored files: the process for files answers these addresses and no others."""
    view.sends_files = True  # type: ignore[attr-defined]  # the declaration travels on the view
    return view


def expect_file_process(port: int) -> None:
    """Say that this process has the process for files beside it, on ``port``: addresses of files lead there."""
    _port_beside[:] = [port]


def own_process_sends() -> bool:
    """Whether the settings want a process of our own that sends files."""
    return settings.OPTIONS.files_in == "disk" and settings.OPTIONS.send_files == "own"


def file_address(path: str, request: HttpRequest | None = None) -> str:
    """Give the address for browsers of a view marked :func:`sends_files`, whose path on the portal is ``path``.

    With the ``request`` it has the host name by which the browser knows the portal, so cookies go along.
    """
    return f"{_files_url(request)}{path}" if _port_beside and own_process_sends() else path


def _files_url(request: HttpRequest | None) -> str:
    """Give the address of the process for files, without a slash at its end.

    Under HTTPS that is the portal's own, because a proxy ends TLS and leads addresses of files there.
    """
    options = settings.OPTIONS
    if options.files_url or options.https:
        return (options.files_url or options.public_url).rstrip("/")
    known = urlsplit(f"{request.scheme}://{request.get_host()}" if request else options.public_url)
    host = f"[{known.hostname}]" if ":" in (known.hostname or "") else known.hostname
    return f"{known.scheme}://{host}:{_port_beside[0]}"


def send_uploaded_file(request: HttpRequest, *, about: str, **file: Any) -> HttpResponseBase:
    """Answer a file that people sent here: to keep, never to show; wherever it is shown all the same it may run nothing.

    ``about`` names it in the log, ``file`` is what :func:`send_stored_file` takes.

    Raises:
        Http404: the store does not have it; the log says so.
        StoreUnavailable: the store does not answer.
    """
    try:
        response = send_stored_file(request, **file)
    except FileNotFoundError:
        _log.exception("%s is not in the store", about)
        raise Http404 from None
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def send_stored_file(
    request: HttpRequest, *, key: str, size: int, name: str, content_type: str = "application/octet-stream"
) -> HttpResponseBase:
    """Answer the stored file ``key`` of ``size`` bytes under the name ``name`` to somebody who may have it.

    Raises:
        FileNotFoundError: the store does not have it.
        StoreUnavailable: the store does not answer.
    """
    store = file_store()
    # A presigned address is for GET: what a HEAD asks we know ourselves.
    if request.method != "HEAD" and (link := _link(store, key, name, content_type)):
        return HttpResponse(status=302, headers={"Location": link, "Cache-Control": "private, no-store"})
    path = store.local_path(key)
    if path is not None and not path.is_file():
        raise FileNotFoundError(key)
    if path is not None and settings.OPTIONS.send_files == "x-accel":
        return _by_proxy(key, name, content_type)
    sender = request.META.get(SENDER)
    if sender is None and _belongs_elsewhere(request):
        return HttpResponse(
            status=307,
            headers={"Location": file_address(request.get_full_path(), request), "Cache-Control": "private, no-store"},
        )
    plan = planned(request, key=key, size=size, name=name, content_type=content_type)
    if not plan.has_content:
        return plan.empty()
    if path is not None and sender is not None:
        sender(path, plan.first, plan.length)
        return plan.empty()
    return plan.streamed(store.open(key))


def _link(store: FileStore, key: str, name: str, content_type: str) -> str:
    link = store.link(key, disposition=disposition(name), content_type=content_type, seconds=LINK_SECONDS)
    if link:
        store.size(key)  # a customer should read our words, not S3's, where it is missing
    return link


def _by_proxy(key: str, name: str, content_type: str) -> HttpResponse:
    """Let nginx answer, whole or in part, conditions included: it keeps of our headers just these."""
    headers = {
        "X-Accel-Redirect": f"{settings.OPTIONS.x_accel_prefix.rstrip('/')}/{key[:2]}/{key[2:4]}/{key}",
        "Content-Type": content_type,
        "Content-Disposition": disposition(name),
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(headers=headers)


def _belongs_elsewhere(request: HttpRequest) -> bool:
    """Whether the process for files should answer. Where it has the same address, a proxy failed to lead there."""
    if not _port_beside or not own_process_sends():
        return False
    return f"{request.scheme}://{request.get_host()}" != _files_url(request)
