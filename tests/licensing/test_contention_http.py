"""Places over HTTP: many products at once at a real server, and a server that is killed while they activate."""

import os
import signal
import threading
import time
from collections import Counter

import pytest

from tests.licensing.crowds import ENGINES, called, planted, standing
from tests.licensing.places import machine
from tests.servers import installation

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(400)]
MANY = {"api_per_token": "1000000", "api_per_address": "1000000"}  # they share one token and one address
READY = """
from tests import people
from torhaus.subscriptions.models import Contract
from torhaus.vendor.actions import create_signing_key
create_signing_key(by=people.SYSTEM)
with scopes_disabled():
    print(people.token(Contract.objects.get()))
"""


def whole(found: dict) -> None:
    """What is counted is what is there, and no machine is there twice."""
    assert found["installations"][0] == found["installations"][1]
    assert found["leases"][0] == found["leases"][1]
    assert found["digests"][0] == found["digests"][1]


@pytest.mark.parametrize("database", ENGINES)
def test_64_products_share_the_last_5_places(database):
    with installation(database=database, workers="2", **MANY) as here:
        planted(here, machines=3, model="node_locked", max_installations=8)
        token = here.python(READY).strip()
        here.serve()
        began = time.monotonic()
        came_back = called(here, "activate", 64, port=here.port, token=token)
        print(f"\n{database}: {64 / (time.monotonic() - began):.0f} activations a second, refused ones included")
        assert Counter(status for status, _ in came_back) == {201: 5, 409: 59}
        assert {said for status, said in came_back if status == 409} == {"too_many_installations"}
        found = standing(here)
        whole(found)
        assert found["installations"] == [8, 8]
        assert {said for status, said in came_back if status == 201} <= set(found["refs"])


@pytest.mark.parametrize("database", ENGINES)
def test_R35_of_50_heartbeats_for_the_last_lease_exactly_one_gets_it(database):
    with installation(database=database, workers="2", **MANY) as here:
        made = planted(here, machines=1, max_leases=1)
        token = here.python(READY).strip()
        here.serve()
        came_back = called(
            here,
            "beat",
            50,
            port=here.port,
            token=token,
            installation=made["refs"][0],
            fingerprint=machine("planted 0"),
        )
        assert Counter(code for code, _ in came_back) == {"valid": 1, "too_many_leases": 49}
        assert [until for code, until in came_back if until] == [until for code, until in came_back if code == "valid"]
        assert standing(here)["leases"] == [1, 1]


@pytest.mark.parametrize("database", ENGINES)
def test_a_server_killed_in_the_middle_loses_nothing_that_was_acknowledged(database):
    with installation(database=database, workers="2", **MANY) as here:
        planted(here, machines=1, model="node_locked")
        token = here.python(READY).strip()
        notes = here.data_dir / "acknowledged"
        server = here.serve()
        came_back: list = []
        options = {"port": here.port, "token": token, "acknowledged": str(notes), "seconds": 20.0}
        products = threading.Thread(target=lambda: came_back.extend(called(here, "activate_for_ever", 16, **options)))
        products.start()
        for _ in range(2):
            time.sleep(2.0)
            os.killpg(server.pid, signal.SIGKILL)  # server, its workers, and whatever they were doing
            server.wait()
            server = here.serve()
        products.join()
        found = standing(here)
        whole(found)
        assert not [one for one in came_back if "error" in one]
        assert sum(lost for _, lost in came_back) > 0, "it was killed while they called"
        acknowledged = notes.read_text().split()
        assert len(acknowledged) > 30
        assert set(acknowledged) <= set(found["refs"])
        assert len(acknowledged) == len(set(acknowledged)), "who called again got its own place, not another one"
        assert found["recorded"] == found["all"]
