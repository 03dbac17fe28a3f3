"""The application of the process for files: it authorises as the portal does, and lets the server send the bytes.

It speaks RSGI with granian. A request for an address of files goes through the portal's own WSGI
application - same middleware, session, rights, errors, records - in a small pool of threads. When
its answer says "send this stored file", the server sends it natively: no thread waits for a slow reader.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from django.urls import Resolver404, resolve

from torhaus.frame.sending import SENDER

METHODS = frozenset({"GET", "HEAD"})
NO_ADDRESS_OF_FILES = "This process sends files and has no pages.\n"
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass
class Answer:
    """What the portal answered: status, headers, and either a body or the stretch of a file."""

    status: int = 500
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    file: tuple[Path, int, int] | None = None

    def start(self, status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        """Take what a WSGI application says first."""
        self.status = int(status.split(" ", 1)[0])
        self.headers = headers

    def send(self, path: Path, first: int, length: int) -> None:
        """Take which bytes of which file are to be sent."""
        self.file = (path, first, length)


class FileSender:
    """The RSGI application around the portal's WSGI application."""

    def __init__(self, application: Application, *, threads: int) -> None:
        self.application = application
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="authorise")

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        if scope.method not in METHODS or not _is_address_of_files(scope.path):
            protocol.response_str(404, [("content-type", "text/plain; charset=utf-8")], NO_ADDRESS_OF_FILES)
            return
        answer = await asyncio.get_running_loop().run_in_executor(self.pool, self._ask, scope)
        headers = [(name.lower(), value) for name, value in answer.headers]
        path, first, length = answer.file or (None, 0, 0)
        if path is None or not length or answer.status not in {200, 206}:
            protocol.response_bytes(answer.status, headers, answer.body)
        else:
            protocol.response_file_range(answer.status, headers, str(path), first, first + length)

    def _ask(self, scope: Any) -> Answer:
        answer = Answer()
        said = self.application(environment(scope) | {SENDER: answer.send}, answer.start)
        try:
            answer.body = b"".join(said)
        finally:
            if close := getattr(said, "close", None):
                close()  # ends the request for Django: it gives up its database connection
        return answer


def environment(scope: Any) -> dict[str, Any]:
    """Give a request as WSGI says it (PEP 3333)."""
    client, _, _ = scope.client.rpartition(":")
    server, _, port = scope.server.rpartition(":")
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "REMOTE_ADDR": client.strip("[]"),
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if scope.authority:
        found["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if "_" in name:
            continue  # it would pass for the header with a hyphen, past a proxy that sets that one
        variable = f"HTTP_{name.upper().replace('-', '_')}"
        glue = "; " if variable == "HTTP_COOKIE" else ","
        found[variable] = f"{found[variable]}{glue}{value}" if variable in found else value
    return found


def _is_address_of_files(path: str) -> bool:
    try:
        return bool(getattr(resolve(path).func, "sends_files", False))
    except Resolver404:
        return False
