"""Ask the licence server as a product does: by the short path in front of Django, or by the ordinary view."""

import contextlib
import json
from collections.abc import Iterator
from io import BytesIO
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from torhaus.api.licensing import hot
from torhaus.licensing.adapters import hot_row
from torhaus_sdk.jws import unb64


class Answer:
    """What came back, however it was asked."""

    def __init__(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.status_code = status
        self.headers = headers
        self.content = content
        self.cookies: dict[str, str] = {}

    def json(self) -> dict:
        return json.loads(self.content)

    @property
    def payload(self) -> dict:
        """The members that are signed, from the signature's own payload; nothing is verified."""
        return json.loads(unb64(self.json()["signed"].split(".")[1]))


def environ_of(path: str, content: bytes, headers: dict[str, str], remote: str = "127.0.0.1") -> dict:
    """Give the environment that a server makes of a request (PEP 3333)."""
    made = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": "application/json",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": remote,
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(content),
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        made[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return made


def ask_hot(path: str, token: str | None, body: dict | bytes | None = None, **headers: str) -> Answer | None:
    """Ask the short path; None if it leaves the request to Django."""
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items() if name != "remote"}
    if token is not None:
        sent.setdefault("Authorization", f"Bearer {token}")
    reply = hot.answer(environ_of(path, content, sent, headers.get("remote", "127.0.0.1")))
    return None if reply is None else Answer(int(reply.status[:3]), dict(reply.headers), reply.body)


def ask_ordinary(path: str, token: str | None, body: dict | bytes | None = None, **headers: str) -> Answer:
    """Ask the ordinary view."""
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items() if name != "remote"}
    if token is not None:
        sent.setdefault("Authorization", f"Bearer {token}")
    client = Client(REMOTE_ADDR=headers.get("remote", "127.0.0.1"), raise_request_exception=False)
    got = client.post(path, content, content_type=sent.pop("Content-Type", "application/json"), headers=sent)
    return Answer(got.status_code, dict(got.headers), got.content)


def ask(path: str, token: str | None, body: dict | bytes | None = None, **headers: str) -> Answer:
    """Ask as a server does: the short path first."""
    return ask_hot(path, token, body, **headers) or ask_ordinary(path, token, body, **headers)


both = pytest.mark.parametrize("way", [ask_hot, ask_ordinary], ids=["hot", "ordinary"])


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """Give, when it is over, what the database was asked: by Django's cursors, and past them by the short path."""
    found: list[str] = []

    def counted(name: str, real) -> mock.Mock:
        return mock.Mock(side_effect=lambda *asked, **how: found.append(name) or real(*asked, **how))

    with contextlib.ExitStack() as patched, CaptureQueriesContext(connection) as queries:
        for name in ("_from_sqlite", "one_row", "several_rows"):
            patched.enter_context(mock.patch.object(hot_row, name, counted(name, getattr(hot_row, name))))
        yield found
    found.extend(one["sql"] for one in queries)
