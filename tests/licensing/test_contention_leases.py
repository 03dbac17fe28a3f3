"""Leases when everybody wants one at the same moment: separate processes, committed rows, both databases."""

import json
import time

import pytest

from tests.licensing.crowds import ENGINES, gathered, planted, standing
from tests.servers import installation

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("database", ENGINES)
def test_R35_of_50_claims_on_the_last_lease_exactly_one_wins(database):
    with installation(database=database) as here:
        ids = planted(here, max_leases=3)
        taken = 'print(crowd.claim("a", **ids, limit=3), crowd.claim("b", **ids, limit=3))'
        start = f"from tests.licensing import crowd\nids = dict(licence={ids['licence']}, installation={ids['installation']})\n"
        assert here.python(start + taken).split() == ["True", "True"]
        won = gathered(here, "claim", 50, licence=ids["licence"], installation=ids["installation"], limit=3)
        assert sorted(won) == [False] * 49 + [True]
        assert standing(here)["leases"] == [3, 3]


@pytest.mark.parametrize("database", ENGINES)
def test_R35_an_installation_that_is_removed_while_it_beats_holds_no_place_afterwards(database):
    with installation(database=database) as here:
        planted(here, max_leases=4)
        did = gathered(here, "beat_or_remove", 12, machines=4, seconds=3.0)
        assert not [one for one in did if "error" in one], did
        total = {what: sum(one[what] for one in did) for what in ("beaten", "refused", "removed")}
        assert min(total["beaten"], total["removed"]) > 0, total
        found = standing(here)
        assert found["leases of removed"] == 0
        assert found["leases"][0] == found["leases"][1] <= 4
        assert found["installations"][0] == found["installations"][1] <= 4


@pytest.mark.parametrize("database", ENGINES)
def test_64_processes_never_hold_one_lease_too_many_and_never_wait_in_a_circle(database):
    with installation(database=database) as here:
        ids = planted(here, max_leases=8)
        began = time.monotonic()
        did = gathered(here, "hold_leases", 64, licence=ids["licence"], installations=ids["all"], limit=8, seconds=8.0)
        seconds = time.monotonic() - began
        assert not [one for one in did if "error" in one]
        taken = sum(one["taken"] for one in did)
        print(f"\n{database}: {taken} leases taken or extended, {sum(one['refused'] for one in did)} refused, "
              f"by 64 processes in {seconds:.0f} s")  # fmt: skip
        found = standing(here)
        assert taken > 200
        assert found["leases"][0] == found["leases"][1] <= 8
        assert found["installations"][0] == found["installations"][1]
        doctor = json.loads(here.torhaus("check", "--json", check=False).stdout)
        assert [one["level"] for one in doctor if one["subject"] == "places"] == ["ok"]
