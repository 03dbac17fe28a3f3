"""Ask the API as a program does: JSON, a licence token, and nothing else."""

import json

from django.test import Client

from tests import people
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.models import SigningKey


def ask(token, name, body=None, *, method=None, client=None, raw=None, **headers):
    """Send a request to ``/api/v1/NAME``: POST with a body, else GET; ``raw`` is sent as it is."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    content = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
    method = method or ("GET" if body is None and raw is None else "POST")
    kind = headers.pop("Content_Type", "application/json")
    return (client or Client()).generic(method, f"/api/v1/{name}", content, content_type=kind, headers=headers)


def problem(answer, status: int, code: str) -> dict:
    """Assert a refusal; give what it says."""
    said = answer.json()
    assert (answer.status_code, said.get("status"), said.get("code")) == (status, status, code), said
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "no-store" in answer.headers["Cache-Control"]
    assert said["type"] == f"urn:torhaus:problem:{code}"
    assert said["title"]
    assert said["detail"]
    assert said["request_id"] == answer.headers["X-Request-ID"]
    assert not answer.cookies
    return said


def fine(answer, status: int = 200) -> dict:
    """Assert an answer that is no refusal; give what it says."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies
    return answer.json()


def licensed(number="10482", **fields):
    """A contract with something booked, and the vendor with a key that signs."""
    people.vendor()
    if not SigningKey.objects.exists():
        create_signing_key(by=people.SYSTEM)
    contract = people.contract(people.customer(number), f"V-{number}", **fields)
    people.booking(contract)
    return contract
