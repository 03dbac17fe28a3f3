"""The way to the server: one exchange in bounded time, and why it failed in a word.

Redirects are not followed, bodies are read up to a limit and never unpacked, and each exchange ends
after the time given, name resolution and trickling answers included.
"""

import asyncio
import contextlib
import importlib.util
import ipaddress
import os
import queue
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from torhaus_sdk.errors import LicenceError, ServerUnreachable, TooManyRequests
from torhaus_sdk.locks import ThreadLock

LONGEST_BODY = 4_000_000
LONGEST_WAIT = 86_400  # seconds; a server may not silence a product for longer


@dataclass(frozen=True)
class Request:
    """What is to be sent. The token stays out of ``repr``."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Reply:
    """What came back: status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Way:
    """How the server is reached."""

    server: str
    timeout: float
    proxy: str | None = field(default=None, repr=False)  # may hold a password
    tls: ssl.SSLContext | None = None
    sends: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Name and port, for people."""
        return urlsplit(self.server).netloc.rpartition("@")[2]

    @property
    def proxied(self) -> bool:
        """Whether a proxy stands between: the one given, or one of the environment."""
        parts = urlsplit(self.server)
        found = urllib.request.getproxies()
        bypassed = bool(urllib.request.proxy_bypass(parts.netloc))
        return self.proxy is not None or (not bypassed and bool(found.get(parts.scheme) or found.get("all")))

    def options(self) -> dict[str, Any]:
        """Give what httpx is told."""
        return {
            "base_url": self.server,
            "timeout": self.timeout,
            "proxy": self.proxy,
            "verify": True if self.tls is None else self.tls,
            "follow_redirects": False,
            "headers": {"Accept-Encoding": "identity", **self.sends},
            "limits": httpx.Limits(max_connections=4, max_keepalive_connections=1, keepalive_expiry=30),
        }


def checked_server(address: str) -> str:
    """Give the server's address without a slash at its end. Without encryption only this machine itself will do.

    Raises:
        ValueError: no http(s) address, one with a password, or http to another machine.
    """
    parts = urlsplit(address.strip().rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("server must be an address such as https://portal.vendor.example")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError("server must begin with https:// (http only for this machine itself)")
    return parts.geturl()


def checked_proxy(address: str | None) -> str | None:
    """Give the proxy's address, which may hold a password; None is the environment's.

    Raises:
        ValueError: no address of a proxy that can be used here. The sentence does not repeat it.
    """
    if address is None:
        return None
    schemes = ["http", "https"]
    if importlib.util.find_spec("socksio") is not None:
        schemes += ["socks5", "socks5h"]
    try:
        found = httpx.URL(address)
        good = found.scheme in schemes and bool(found.host)
    except (httpx.InvalidURL, TypeError, ValueError):
        good = False
    if not good:
        raise ValueError(
            "proxy must be an address such as http://proxy.vendor.example:3128 (socks5:// needs the package socksio)"
        )
    return address


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Transport:
    """Exchanges one after the other or from several threads. A child of ``fork`` opens connections of its own."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._guard = ThreadLock()
        self._owner = 0
        self._client: httpx.Client | None = None

    def exchange(self, request: Request) -> Reply:
        """Send ``request`` and give the reply.

        Raises:
            ServerUnreachable: there was none that counts; its reason says why.
        """
        end = time.monotonic() + self._way.timeout
        try:
            reply = _within(self._way.timeout, lambda: self._send(request, end))
        except Exception as error:  # noqa: BLE001 - whatever the libraries raise, the host gets a LicenceError
            raise unreachable(error, self._way) from None
        return judged(reply, self._way)

    def close(self) -> None:
        """Close the connections."""
        with self._guard:
            client, self._client = self._client, None
        if client is not None and self._owner == os.getpid():
            with contextlib.suppress(Exception):  # another thread may be using it just now
                client.close()

    def _send(self, request: Request, end: float) -> Reply:
        with self._opened().stream(
            request.method, request.path, content=request.body or None, headers=dict(request.headers)
        ) as answer:
            return _reply(answer, _read(answer.iter_raw(), end))

    def _opened(self) -> httpx.Client:
        with self._guard:
            if self._client is None or self._owner != os.getpid():
                self._client, self._owner = httpx.Client(**self._way.options()), os.getpid()
            return self._client


class AsyncTransport:
    """The same for asyncio; connections belong to the running loop."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient | None = None

    async def exchange(self, request: Request) -> Reply:
        """Send ``request`` and give the reply; raises as :meth:`Transport.exchange`."""
        try:
            async with asyncio.timeout(self._way.timeout):
                reply = await self._send(request)
        except Exception as error:  # noqa: BLE001 - whatever the libraries raise, the host gets a LicenceError
            raise unreachable(error, self._way) from None
        return judged(reply, self._way)

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            with contextlib.suppress(Exception):  # another task may be using it just now
                await client.aclose()

    async def _send(self, request: Request) -> Reply:
        client = await self._opened()
        async with client.stream(
            request.method, request.path, content=request.body or None, headers=dict(request.headers)
        ) as answer:
            parts = bytearray()
            async for part in answer.aiter_raw():
                _add(parts, part)
            return _reply(answer, bytes(parts))

    async def _opened(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            # Reading the certificates of the system takes some 50 ms, which the loop is not made to wait for.
            self._client = await asyncio.to_thread(lambda: httpx.AsyncClient(**self._way.options()))
            self._loop = loop
        return self._client


def judged(reply: Reply, way: Way) -> Reply:
    """Give a reply that Torhaus itself gave. Raises ServerUnreachable for redirects, faults and other servers."""
    status = reply.status
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise TooManyRequests(retry_after=_retry_after(reply) or 60, host=way.host)
    if status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
        raise ServerUnreachable("proxy", host=way.host)
    if 300 <= status < 400:
        to = urlsplit(reply.headers.get("location", "")).netloc.rpartition("@")[2]
        raise ServerUnreachable("redirected", host=way.host, to=to[:100] or way.host)
    if status >= 500:
        raise ServerUnreachable("server_error", host=way.host, status=status, retry_after=_retry_after(reply))
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    ours = kind == "application/json" or (kind.startswith("application/") and kind.endswith(("+json", "+jwt")))
    packed = reply.headers.get("content-encoding", "identity").lower() != "identity"
    if packed or not ours:
        raise ServerUnreachable("not_torhaus", host=way.host)
    return reply


def unreachable(error: Exception, way: Way) -> LicenceError:
    """Give why nothing came back, from what the libraries raised."""
    return ServerUnreachable(_reason(error, way), host=way.host)


def _reason(error: Exception, way: Way) -> str:
    if isinstance(error, _TooLong | httpx.DecodingError | httpx.RemoteProtocolError):
        # A server that hangs up in the middle is no other server; one that speaks no HTTP is.
        text = str(error).lower()
        return "network" if "disconnected" in text or "closed" in text else "not_torhaus"
    if isinstance(error, httpx.ProxyError):
        return "proxy"
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "timeout"
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "tls"
    if isinstance(error, httpx.ConnectError | httpx.InvalidURL) and way.proxied:
        return "proxy"
    if isinstance(error, ImportError | ValueError):  # the server's address was looked at before: it is the proxy's
        return "proxy"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "dns"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "refused"
    return "network"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


class _TooLong(Exception):
    pass


def _read(parts: Iterator[bytes], end: float) -> bytes:
    found = bytearray()
    for part in parts:
        _add(found, part)
        if time.monotonic() > end:
            raise TimeoutError
    return bytes(found)


def _add(found: bytearray, part: bytes) -> None:
    found += part
    if len(found) > LONGEST_BODY:
        raise _TooLong


def _reply(answer: httpx.Response, body: bytes) -> Reply:
    return Reply(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)


def _retry_after(reply: Reply) -> int | None:
    said = reply.headers.get("retry-after", "").strip()
    return min(max(int(said), 1), LONGEST_WAIT) if said.isascii() and said.isdigit() and len(said) < 10 else None


def _within(seconds: float, work: Callable[[], Reply]) -> Reply:
    """Do ``work`` in a thread of its own and wait for ``seconds``, because resolving names knows no time limit."""
    done: queue.SimpleQueue[Reply | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody waits
            done.put(error)

    threading.Thread(target=run, name="torhaus-licence-request", daemon=True).start()
    try:
        result = done.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(result, BaseException):
        raise result
    return result
