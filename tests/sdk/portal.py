"""A portal of the test's own on loopback: it answers as the licence API does, or as badly as the test wants."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.sdk.licences import KEY, KEYS, KID
from torhaus_sdk.answers import ANSWER_TYPE
from torhaus_sdk.client import Client
from torhaus_sdk.jws import sign
from torhaus_sdk.revocations import REVOCATIONS_TYPE, revocation_claims
from torhaus_sdk.tokens import Token, new_token

DAY = timedelta(days=1)
PARTS = {"machine": "one", "board": "two", "mac": "three"}


def instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Portal:
    """Answers to ``token``. ``changes`` are put over each answer; ``act`` may take a request over altogether."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.requests: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.changes: dict[str, Any] = {}
        self.act: Callable[[BaseHTTPRequestHandler, str, bytes], bool] | None = None
        self.key, self.kid, self.typ = KEY, KID, ANSWER_TYPE
        self.installation = ""
        self.key_sets: list[str] = []
        self.revoked: list[str] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.readings: dict[str, dict[str, Any]] = {}
        self.url = ""
        self.clients: list[Client] = []

    def answer(self, body: dict[str, Any], **changes: Any) -> dict[str, Any]:
        now = self.now()
        ends = now + 200 * DAY + timedelta(hours=1)
        claims: dict[str, Any] = {
            "iss": "acme",
            "aud": "acme",
            "sub": "Lic1",
            "iat": int(now.timestamp()),
            "exp": int((now + 14 * DAY).timestamp()),
            "valid": True,
            "code": "valid",
            "access": "full",
            "enforcement": "block",
            "findings": [],
            "message": "The licence is valid.",
            "checked_at": instant(now),
            "next_check_at": instant(now + DAY),
            "licence": {
                "ref": "Lic1",
                "contract": "V-2026-001",
                "customer": "10482",
                "product": "acme",
                "kind": "subscription",
                "edition": "medium",
                "environment": "production",
                "starts_at": instant(now - 100 * DAY),
                "ends_at": instant(ends),
                "maintained_until": None,
                "grace_until": instant(ends + 30 * DAY),
                "after_grace": "read_only",
                "fallback_until": None,
                "days_left": 200,
            },
            "limits": {
                "installations": {"model": "unlimited", "max": None, "used": 1, "free": None},
                "leases": None,
                "meters": {
                    "objects": {"max": 5000, "used": 4000, "free": 1000},
                    "tenants": {"max": None, "used": 3, "free": None},
                },
                "seats": {"full": 25},
            },
            "features": ["medium", "add-on-a"],
            "items": [
                {"key": "medium", "kind": "plan", "quantity": 1, "ends_at": None},
                {"key": "add-on-a", "kind": "add_on", "quantity": 1, "ends_at": None},
            ],
            "installation": None,
            "trial": None,
        }
        ref = body.get("installation")
        if ref:
            claims["installation"] = {"ref": ref, "name": "web-1", "environment": "production", "lease_until": None}
        if "nonce" in body:
            claims["nonce"] = body["nonce"]
        claims |= self.changes | changes
        claims = {name: value for name, value in claims.items() if value is not ...}
        return claims | {"signed": sign(claims, key=self.key, kid=self.kid, typ=self.typ)}

    def reply(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        deed = path.removeprefix("/api/v1/")
        if deed in {"validate", "heartbeat"}:
            return 200, self.answer(body)
        if deed == "activate":
            self.installation = "Inst1"
            place = {"ref": "Inst1", "name": body.get("name", ""), "counts": True}
            return 201, {"installation": place, "answer": self.answer(body | {"installation": "Inst1"})}
        if deed == "deactivate":
            return 200, {"installation": body["installation"], "deactivated": True}
        if deed == "licences":
            return 200, {"licences": [self.listed()], "add_ons": []}
        if deed == "usage":
            return self.usage(body)
        if path == "/.well-known/torhaus-revocations":
            claims = revocation_claims("acme", self.revoked, at=self.now())
            return 200, sign(claims, key=self.key, kid=self.kid, typ=REVOCATIONS_TYPE).encode()
        if path == "/.well-known/torhaus-keys":
            return 200, {"statements": self.key_sets}
        return 404, {"code": "not_found", "title": "There is nothing at this address", "detail": ""}

    def listed(self) -> dict[str, Any]:
        now = self.now()
        return {
            "ref": "Lic1",
            "product": "acme",
            "product_name": "Acme Server",
            "kind": "subscription",
            "edition": "medium",
            "environment": "production",
            "created_at": instant(now - 100 * DAY),
            "starts_at": instant(now - 100 * DAY),
            "ends_at": instant(now + 200 * DAY + timedelta(hours=1)),
            "days_left": 200,
            "valid": True,
            "code": "valid",
            "items": [{"key": "medium", "kind": "plan", "name": "Plan Größe M", "quantity": 1, "ends_at": None}],
        }

    def usage(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if unknown := [one["meter"] for one in body["readings"] if one["meter"] != "objects"]:
            return 422, {"code": "unknown_meter", "title": "There is no such meter", "detail": unknown[0]}
        repeated = sum(one["id"] in self.readings for one in body["readings"])
        self.readings |= {one["id"]: one for one in body["readings"]}
        used = {"used": 4990, "max": 5000, "free": 10, "state": "near"}
        return 200, {"accepted": len(body["readings"]) - repeated, "repeated": repeated, "meters": {"objects": used}}

    def asked(self) -> list[str]:
        return [path for path, _, _ in self.requests]


def handler_of(portal: Portal) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def serve(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path if self.path.startswith("/") else "/" + self.path.split("/", 3)[3]  # by a proxy
            portal.requests.append((path, json.loads(data) if data else {}, dict(self.headers)))
            with contextlib.suppress(OSError):
                if portal.act is not None and portal.act(self, path, data):
                    return
                if path.startswith("/api/") and self.headers.get("Authorization") != f"Bearer {portal.token.text}":
                    body = {
                        "code": "token_invalid",
                        "title": "The licence token does not work",
                        "detail": "It is over.",
                    }
                    self.say(401, body, "application/problem+json")
                    return
                status, said = portal.reply(path, json.loads(data) if data else {})
                self.say(status, said, "application/revocations+jwt" if isinstance(said, bytes) else "application/json")

        def say(self, status: int, said: Any, kind: str = "application/json", **headers: str) -> None:
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    for method in ("GET", "POST"):
        setattr(Handler, f"do_{method}", Handler.serve)
    return Handler


@contextlib.contextmanager
def listening(handler: type[BaseHTTPRequestHandler], wrap: Any = None) -> Iterator[str]:
    """Serve ``handler`` on a free port of loopback; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # clients hang up on purpose here
    if wrap is not None:
        server.socket = wrap(server.socket)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextlib.contextmanager
def portal() -> Iterator[Portal]:
    """Give a portal that answers well."""
    found = Portal(new_token("acme"))
    with listening(handler_of(found)) as url:
        found.url = url
        try:
            yield found
        finally:
            for one in found.clients:
                one.close()


def client(portal: Portal, folder: Path, **options: Any) -> Client:
    """Give a client of that portal, its state in ``folder``; it is closed with the portal."""
    values = {
        "keys": KEYS,
        "state_file": folder / "licence.json",
        "fingerprint": PARTS,
        "timeout": 3.0,
        "version": "3.2",
    }
    made = Client(portal.url, "acme", **values | options)
    portal.clients.append(made)
    return made


def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    """Wait until ``condition()`` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
