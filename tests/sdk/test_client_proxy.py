"""The way through an HTTP proxy: a real one on loopback, given or of the environment, and one that fails."""

import base64
import contextlib
import select
import socket
import ssl
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import pytest

from tests.sdk.licences import KEYS
from tests.sdk.loops import run
from tests.sdk.portal import client, handler_of, listening
from tests.sdk.test_client_faults import ask, certificate
from torhaus_sdk.async_client import AsyncClient
from torhaus_sdk.client import Client
from torhaus_sdk.errors import ServerUnreachable


class Proxy(BaseHTTPRequestHandler):
    """Leads on what is asked of it: whole requests, and tunnels for https."""

    seen: list[tuple[str, str, dict]] = []
    needs = ""

    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        self.seen.append(("CONNECT", self.path, dict(self.headers)))
        if self.needs and self.headers.get("Proxy-Authorization") != self.needs:
            self.send_error(407)
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as other:
            self.send_response(200)
            self.end_headers()
            self.lead(other)

    def lead(self, other):
        pair = [self.connection, other]
        with contextlib.suppress(OSError):
            while ready := select.select(pair, [], [], 5)[0]:
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        return
                    pair[1 - pair.index(one)].sendall(data)

    def do_POST(self):
        self.seen.append((self.command, self.path, dict(self.headers)))
        target = urlsplit(self.path)
        del self.headers["Connection"]
        lines = [
            f"{self.command} {target.path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        with socket.create_connection((target.hostname, target.port)) as other:
            other.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            other.sendall(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            while data := other.recv(65536):
                self.wfile.write(data)
        self.close_connection = True

    do_GET = do_POST  # noqa: N815 - named by http.server


@pytest.fixture
def proxy(monkeypatch):
    monkeypatch.setattr(Proxy, "seen", [])
    monkeypatch.setattr(Proxy, "needs", "")
    with listening(Proxy) as url:
        yield url


def test_a_given_proxy_is_used(vendor, tmp_path, proxy):
    with client(vendor, tmp_path, proxy=proxy) as one:
        one.save_token(vendor.token.text)
        assert one.check().valid
    assert [(method, path) for method, path, _ in Proxy.seen][:1] == [("POST", vendor.url + "/api/v1/validate")]


def test_the_proxy_of_the_environment_is_used_unless_it_is_left_out(vendor, tmp_path, proxy, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("http_proxy", proxy)
    with client(vendor, tmp_path) as one:
        one.save_token(vendor.token.text)
        assert one.check().valid
    assert len(Proxy.seen) >= 2
    Proxy.seen.clear()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with client(vendor, tmp_path) as one:
        assert one.check().valid
    assert Proxy.seen == []


def test_through_a_tunnel_the_proxy_sees_neither_token_nor_answer(vendor, tmp_path, proxy):
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    Proxy.needs = "Basic " + base64.b64encode(b"product:pass").decode()
    with listening(handler_of(vendor), lambda one: context.wrap_socket(one, server_side=True)) as url:
        vendor.url = url.replace("http://127.0.0.1", "https://localhost")
        address = proxy.replace("http://", "http://product:pass@")
        with client(vendor, tmp_path, proxy=address, tls=ssl.create_default_context(cafile=path)) as one:
            one.save_token(vendor.token.text)
            assert one.check().valid
            assert "pass" not in repr(one)
    assert [method for method, _, _ in Proxy.seen] == ["CONNECT"]
    assert vendor.token.secret not in str(Proxy.seen)


def test_B45_a_proxy_that_is_away_or_refuses(vendor, tmp_path, proxy):
    Proxy.needs = "Basic x"
    error = ask("https://portal.vendor.invalid", tmp_path, proxy=proxy)
    assert (error.reason, "Anmeldung des Proxys" in error.message("de")) == ("proxy", True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        gone = f"http://user:hidden@127.0.0.1:{probe.getsockname()[1]}"
    error = ask("https://portal.vendor.invalid", tmp_path, proxy=gone)
    assert (error.reason, "hidden" in str(error)) == ("proxy", False)


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1", "ftp://127.0.0.1:1", "http://127.0.0.1:x", "http://[::1"])
def test_a_proxy_of_the_environment_that_cannot_be_used_is_no_servers_fault_and_breaks_nothing(
    vendor, tmp_path, monkeypatch, address
):
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", address)
    assert ask("https://portal.vendor.invalid", tmp_path).reason == "proxy"

    async def check():
        async with AsyncClient("https://portal.vendor.invalid", "acme", keys=KEYS, state_file=None) as one:
            await one.save_token(vendor.token.text)
            with pytest.raises(ServerUnreachable) as refusal:
                await one.check()
            assert refusal.value.reason == "proxy"

    run(check())


@pytest.mark.parametrize(
    "address", ["", "nonsense", "ftp://user:hidden@proxy.example", "http://", "http://proxy:hidden"]
)
def test_a_given_proxy_that_cannot_be_is_told_at_once(tmp_path, address):
    with pytest.raises(ValueError, match="proxy must be") as refusal:
        Client("https://portal.vendor.example", "acme", keys=KEYS, state_file=None, proxy=address)
    assert "hidden" not in str(refusal.value)
