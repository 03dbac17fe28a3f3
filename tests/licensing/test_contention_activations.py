"""Activations when everybody comes at the same moment, and when processes are killed in the middle of one."""

import os
import signal
import time

import pytest

from tests.licensing.crowds import ENGINES, crowd, gathered, planted, standing
from tests.servers import installation

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]


def whole(found: dict) -> None:
    """What is counted is what is there, and no machine is there twice."""
    assert found["installations"][0] == found["installations"][1]
    assert found["leases"][0] == found["leases"][1]
    assert found["digests"][0] == found["digests"][1]


@pytest.mark.parametrize("database", ENGINES)
def test_64_processes_share_the_last_5_places(database):
    with installation(database=database) as here:
        planted(here, machines=3, model="node_locked", max_installations=8)
        refs = gathered(here, "activate_once", 64)
        assert not [one for one in refs if isinstance(one, dict)]
        won = [ref for ref in refs if ref]
        assert len(won) == len(set(won)) == 5
        found = standing(here)
        whole(found)
        assert found["installations"] == [8, 8]
        assert set(won) <= set(found["refs"])
        assert found["recorded"] == 8, "who was refused left no record"


@pytest.mark.parametrize("database", ENGINES)
def test_64_processes_come_and_go_and_never_wait_in_a_circle(database):
    with installation(database=database) as here:
        planted(here, machines=1, max_installations=6, max_leases=4, test_installations=2)
        did = gathered(here, "come_and_go", 64, machines=12, seconds=10.0)
        assert not [one for one in did if "error" in one]
        total = {what: sum(one[what] for one in did) for what in ("activated", "refused", "ended")}
        print(f"\n{database}: {total} by 64 processes in 10 s")
        found = standing(here)
        whole(found)
        assert found["installations"][0] <= 6
        assert found["leases"][0] <= 4
        assert found["tests"] <= 2
        assert total["activated"] > 20


@pytest.mark.parametrize("database", ENGINES)
def test_clients_killed_in_the_middle_lose_nothing_that_was_acknowledged(database):
    with installation(database=database) as here:
        planted(here, machines=1, model="node_locked")
        notes = here.data_dir / "acknowledged"
        for _ in range(3):
            running = crowd(here, "activate_for_ever", 8, acknowledged=str(notes))
            assert running.stdout.readline() == "ready\n"
            time.sleep(1.5)
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()
        found = standing(here)
        whole(found)
        acknowledged = notes.read_text().split()
        assert len(acknowledged) > 20
        assert set(acknowledged) <= set(found["refs"])
        assert found["recorded"] == found["all"], "each has its record, and there is no record without one"
