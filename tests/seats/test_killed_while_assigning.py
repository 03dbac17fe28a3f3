"""kill -9 of the process that serves, at every n-th statement and commit while it assigns and releases a seat (R78)."""

import json
import os

import pytest

from tests.licensing.crowds import ENGINES
from tests.servers import installation

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(900)]
# `make prove` kills at every single point: TORHAUS_TEST_KILLS=1.
STEP = int(os.environ.get("TORHAUS_TEST_KILLS", "4"))
RUN = """
import json
from tests.seats import seating
from tests.seats.killing import killed
of = seating.contract(full=3)
for who in ("ada", "ben"):
    seating.assign(of, who)
print(json.dumps(killed(people.token(of), booked=3, step={step})))
"""


@pytest.mark.parametrize("database", ENGINES)
def test_R78_a_killed_server_leaves_no_orphan_and_never_a_seat_too_many(database):
    with installation(database=database, api_per_token="100000", api_per_address="100000") as here:
        found = json.loads(here.python(RUN.format(step=STEP), timeout=800).splitlines()[-1])
        print(
            f"\n{database}: killed at {found['points'] - 1} points, every {STEP}. of an assignment and a release; ",
            end="",
        )
        print(f"at {found['had_the_seat']} of them the seat stood already")
        assert found["points"] * STEP > 30
        assert 0 < found["had_the_seat"] < found["points"]
