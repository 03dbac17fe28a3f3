"""A server process that is killed in the middle: before and after every n-th statement and commit of its requests.

``killed`` forks one process after the other. Each answers the same requests by the portal's own WSGI application, and
ends by SIGKILL at one point of them, the next process at a later one, until one gets through to the end.
"""

import os
import signal
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django_scopes import scopes_disabled

from tests.licensing.crowd import contract
from tests.seats.seating import release
from torhaus.records.models import Record
from torhaus.seats.models import Seat


class Bomb:
    """Ends this process at the ``at``-th point it passes."""

    def __init__(self, at: int) -> None:
        self.at, self.passed, self.commit = at, 0, connection._commit

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.pass_point()
        return execute(sql, params, many, context)

    def commits(self) -> None:
        self.pass_point()
        self.commit()
        self.pass_point()

    def pass_point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def killed(token: str, *, booked: int, step: int) -> dict[str, int]:
    """Kill a process at every ``step``-th point; assert each time that nothing is lost, orphaned or one too many."""
    notes = Path(os.environ["TORHAUS_DATA_DIR"]) / "acknowledged"
    kept, did = set(_standing()["held"]), Counter[str]()
    for at in count(1, step):
        notes.write_text("")
        connections.close_all()
        if (child := os.fork()) == 0:
            _serve(token, at, notes)
        _, status = os.waitpid(child, 0)
        done = os.WIFEXITED(status)
        assert done or os.WTERMSIG(status) == signal.SIGKILL
        assert not done or os.WEXITSTATUS(status) == 0, "a request failed that nobody killed"
        found = _whole(booked, notes.read_text().split())
        did["points"] += 1
        did["had_the_seat"] += bool(set(found["held"]) - kept)
        with scopes_disabled():
            for ref in set(found["held"]) - kept:
                release(contract(), Seat.objects.get(ref=ref))
        if done:
            return dict(did)
    raise AssertionError("it never ends")


def _serve(token: str, at: int, notes: Path) -> None:
    """Assign a seat and release it, each noted when the answer is there."""
    status = 1
    try:
        connection.ensure_connection()
        bomb = Bomb(at)
        connection.execute_wrappers.append(bomb)
        connection._commit = bomb.commits
        client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0])
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"assign-{at}"}
        said = {"kind": "full", "mail": f"p{at}@nordwind.example"}
        answer = client.post("/api/v1/seats/assign", said, content_type="application/json", headers=headers)
        assert answer.status_code == 201, answer.content
        ref = answer.json()["seat"]["ref"]
        _note(notes, f"assigned:{ref}")
        headers["Idempotency-Key"] = f"release-{at}"
        answer = client.post("/api/v1/seats/release", {"seat": ref}, content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content
        _note(notes, f"released:{ref}")
        status = 0
    finally:
        os._exit(status)


def _note(path: Path, line: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def _standing() -> dict[str, Any]:
    with scopes_disabled():
        rows = list(Seat.objects.values_list("ref", "place", "released_at"))
        records = Counter(
            (deed, after.get("seat"))
            for deed, after in Record.objects.filter(deed__endswith="_seat").values_list("deed", "after")
        )
    return {"held": {ref: place for ref, place, end in rows if end is None}, "rows": rows, "records": records}


def _whole(booked: int, acknowledged: list[str]) -> dict[str, Any]:
    found = _standing()
    held, records = found["held"], found["records"]
    assert len(held) <= booked, "one too many"
    assert len(set(held.values())) == len(held)
    refs = {ref for ref, _, _ in found["rows"]}
    for ref, _, end in found["rows"]:
        assert records["assign_seat", ref] == 1, "a seat without its record"
        assert records["release_seat", ref] == (end is not None)
    assert {ref for _, ref in records} == refs, "a record without its seat"
    for line in acknowledged:
        deed, _, ref = line.partition(":")
        assert ref in refs, "what was answered is lost"
        assert deed == "assigned" or ref not in held
    return found
