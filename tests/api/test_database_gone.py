"""What the licence server does while its database is gone or busy, and what it writes before it stops."""

import json
import os
import signal
import sqlite3
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import postgres
from tests.servers import installation, serving

pytestmark = [pytest.mark.slow, pytest.mark.servers]
CAST = """
from torhaus.core import clock
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import ContractPolicy, Installation
from torhaus.vendor.actions import create_signing_key
people.vendor()
create_signing_key(by=people.SYSTEM)
made = people.contract(people.customer())
people.booking(made)
token = people.token(made)
with scopes_disabled():
    ContractPolicy.objects.create(contract=made, model="floating", max_leases=5, lease_seconds=60)
    row = Installation.objects.create(
        licence=kept_licence(made, made.product), digest="x", activated_at=clock.now(), last_seen_at=clock.now()
    )
print(token, row.ref)
"""
SEEN = """
from torhaus.licensing.models import InstallationDay
with scopes_disabled():
    print(sum(InstallationDay.objects.values_list("calls", flat=True)))
"""
REFS = """
from torhaus.licensing.models import Installation
with scopes_disabled():
    print(*Installation.objects.values_list("ref", flat=True))
"""


def ask(here, path: str, token: str, body: dict):
    """Ask a served installation; gives status, headers and what it said."""
    request = urllib.request.Request(
        here.url + path,
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, json.loads(refused.read())


def status_of(here, path: str) -> int:
    try:
        with urllib.request.urlopen(here.url + path, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


@pytest.mark.postgres
def test_R80_without_the_database_it_says_so_and_works_again_by_itself():
    binaries = postgres.system_binaries()
    if binaries is None:
        pytest.skip("a PostgreSQL that a test may stop needs the system's binaries")
    own = postgres.OwnServer(binaries)
    try:
        own.start()
        often = {"api_per_token": "100000", "api_per_address": "100000"}
        with installation(database="sqlite", migrated=False, workers="2", **often) as here:
            here.env["TORHAUS_DATABASE_URL"] = own.url
            try:
                here.python("from django.core.management import call_command; call_command('migrate', verbosity=0)")
                token, place = here.python(CAST).split()
                here.serve()
                stop_and_start(here, own, token, {"installation": place})
            finally:
                here.close()
                del here.env["TORHAUS_DATABASE_URL"]
    finally:
        own.remove()


def at_once(here, token: str, body: dict) -> set[int]:
    """Ask from more threads at once than both processes have, and give the statuses."""
    with ThreadPoolExecutor(24) as several:
        asked = [several.submit(ask, here, "/api/v1/validate", token, body) for _ in range(96)]
        return {one.result()[0] for one in asked}


def stop_and_start(here, own, token: str, body: dict) -> None:
    for path in ("/api/v1/heartbeat", "/api/v1/validate") * 3:
        assert ask(here, path, token, body)[0] == 200
    own.stop()
    for path in ("/api/v1/validate", "/api/v1/heartbeat", "/api/v1/usage") * 2:
        status, headers, said = ask(here, path, token, body | {"readings": []})
        assert (status, said["code"]) == (503, "database_unavailable"), path
        assert int(headers["Retry-After"]) <= 10
    assert (status_of(here, "/health/live"), status_of(here, "/health/ready")) == (200, 503)
    assert at_once(here, token, body) == {503}
    own.start()
    began = time.monotonic()
    while ask(here, "/api/v1/validate", token, body)[0] != 200:
        assert time.monotonic() - began < 10
        time.sleep(0.1)
    for _ in range(3):
        assert at_once(here, token, body) == {200}
    assert status_of(here, "/health/ready") == 200


def test_a_database_that_is_being_written_still_answers_and_a_place_waits():
    with serving(database="sqlite", workers="1") as here:
        token, place = here.python(CAST).split()
        assert ask(here, "/api/v1/heartbeat", token, {"installation": place})[0] == 200
        other = sqlite3.connect(here.data_dir / "torhaus.sqlite3", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            status, _headers, said = ask(here, "/api/v1/validate", token, {"installation": place})
            assert (status, said["code"]) == (200, "valid")
            body = {"installation": place, "process": "new"}
            status, headers, said = ask(here, "/api/v1/heartbeat", token, body)
            assert (status, said["code"]) == (503, "database_unavailable")
            assert headers["Retry-After"]
            other.execute("ROLLBACK")
            assert ask(here, "/api/v1/heartbeat", token, body)[2]["valid"]
        finally:
            other.close()


def test_last_seen_is_written_within_the_interval():
    with serving(workers="2", seen_flush_seconds="1") as here:
        token, place = here.python(CAST).split()
        for _ in range(20):
            assert ask(here, "/api/v1/validate", token, {"installation": place})[0] == 200
        end = time.monotonic() + 20
        while int(here.python(SEEN)) < 20:
            assert time.monotonic() < end
        assert int(here.python(SEEN)) == 20


def test_a_server_told_to_stop_writes_what_it_noted():
    with installation(workers="2", seen_flush_seconds="600") as here:
        token, place = here.python(CAST).split()
        server = here.serve()
        for _ in range(20):
            assert ask(here, "/api/v1/validate", token, {"installation": place})[0] == 200
        assert int(here.python(SEEN)) == 0
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        assert int(here.python(SEEN)) == 20


def kill(server) -> None:
    """End a server and its processes at once, as a power cut does."""
    os.killpg(server.pid, signal.SIGKILL)
    server.wait(60)


def test_a_killed_server_forgets_only_what_was_seen_since_the_last_write_and_no_activation():
    with installation(workers="2", seen_flush_seconds="600") as here:
        token, place = here.python(CAST).split()
        server, prints = here.serve(), {}
        for number in range(5):
            assert ask(here, "/api/v1/validate", token, {"installation": place})[0] == 200
            body = {"fingerprint": {"id": f"host-{number}"}}
            status, _headers, said = ask(here, "/api/v1/activate", token, body)
            assert status == 201, said
            prints[said["installation"]["ref"]] = body
        kill(server)
        assert int(here.python(SEEN)) == 0, "it was in memory only"
        assert set(here.python(REFS).split()) == {place, *prints}
        here.env["TORHAUS_SEEN_FLUSH_SECONDS"] = "1"
        server = here.serve()
        for ref, body in prints.items():
            assert ask(here, "/api/v1/heartbeat", token, body | {"installation": ref})[2]["code"] == "valid"
        end = time.monotonic() + 20
        while int(here.python(SEEN)) < 5:
            assert time.monotonic() < end
        kill(server)
        assert int(here.python(SEEN)) == 5, "what was written stays"
