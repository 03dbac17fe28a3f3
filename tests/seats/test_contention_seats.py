"""The last seat when 64 processes want it at the same moment: exactly one gets it (R35)."""

import json

import pytest

from tests.licensing.crowds import ENGINES, gathered
from tests.servers import installation

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]
PLANT = """
from tests.seats import seating
of = seating.contract(full={full})
for number in range({held}):
    seating.assign(of, f"planted{{number}}")
"""
STANDING = """
import json
from torhaus.records.models import Record
from torhaus.seats.models import Seat
with scopes_disabled():
    held = Seat.objects.filter(released_at__isnull=True)
    print(json.dumps({
        "refs": sorted(held.values_list("ref", flat=True)),
        "places": sorted(held.values_list("place", flat=True)),
        "all": Seat.objects.count(),
        "assigned": Record.objects.filter(deed="assign_seat").count(),
        "released": Record.objects.filter(deed="release_seat").count(),
    }))
"""


def standing(here) -> dict:
    return json.loads(here.python(STANDING))


@pytest.mark.parametrize("database", ENGINES)
def test_R35_64_processes_want_the_last_seat_and_exactly_one_gets_it(database):
    with installation(database=database) as here:
        here.python(PLANT.format(full=5, held=4))
        refs = gathered(here, "assign_once", 64)
        assert not [one for one in refs if isinstance(one, dict)]
        [won] = [ref for ref in refs if ref]
        found = standing(here)
        assert won in found["refs"]
        assert found["places"] == [1, 2, 3, 4, 5]
        assert found["assigned"] == found["all"] == 5, "who was refused left no record"


@pytest.mark.parametrize("database", ENGINES)
def test_B94_64_processes_want_a_seat_for_the_same_person_and_one_is_assigned(database):
    with installation(database=database) as here:
        here.python(PLANT.format(full=64, held=0))
        refs = gathered(here, "assign_same", 64)
        assert not [one for one in refs if isinstance(one, dict)]
        assert len([ref for ref in refs if ref]) == 1
        assert standing(here)["places"] == [1]


@pytest.mark.parametrize("database", ENGINES)
def test_R35_16_processes_confirm_two_files_and_one_of_them_is_done_whole_and_once(database):
    with installation(database=database) as here:
        here.python(PLANT.format(full=30, held=4))
        did = gathered(here, "import_file", 16)
        assert sorted(set(did)) == [-1, 0, 20], "done, done already, or too few are free"
        assert (did.count(20), did.count(-1)) == (1, 8)
        found = standing(here)
        assert found["places"] == list(range(1, 25))
        assert found["assigned"] == found["all"] == 24


@pytest.mark.parametrize("database", ENGINES)
def test_R35_64_processes_take_and_release_the_last_seats_and_none_is_one_too_many(database):
    with installation(database=database) as here:
        here.python(PLANT.format(full=6, held=4))
        did = gathered(here, "take_and_release", 64, seconds=10.0)
        assert not [one for one in did if "error" in one]
        total = {what: sum(one[what] for one in did) for what in ("assigned", "assigned_warm", "refused")}
        print(
            f"\n{database}: {total['assigned_warm'] / 10:.1f} seats/s assigned and released by 64 processes, ", end=""
        )
        print(f"{total['refused']} refused in all")
        assert max(one["most"] for one in did) <= 6
        found = standing(here)
        assert found["places"] == [1, 2, 3, 4]
        assert (found["assigned"] - 4, found["released"]) == (total["assigned"], total["assigned"])
        assert total["assigned_warm"] > 20
