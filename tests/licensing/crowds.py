"""What the tests of contention share: planted rows, a crowd of processes, and how things stand afterwards."""

import json
import os
import subprocess
import sys

from tests.servers import ROOT, Installation

# The engine of the test run: these tests are long, and the whole suite runs once on each.
ENGINES = ["postgresql" if os.environ.get("TORHAUS_DATABASE_URL") else "sqlite"]

PLANT = """
from tests.licensing import places
of = places.contract(**{policy!r})
made = [places.activate(of, f"planted {{n}}") for n in range({machines})]
from torhaus.licensing.leases import give_lease_back
for one in made:
    give_lease_back(licence_id=one.licence.pk, holder=one.installation.ref)
import json
print(json.dumps({{"contract": of.ref, "licence": made[0].licence.pk if made else 0,
                   "installation": made[0].installation.pk if made else 0,
                   "all": [one.installation.pk for one in made],
                   "refs": [one.installation.ref for one in made]}}))
"""
START = """
import django, json, sys
django.setup()
from tests.licensing.crowd import ACTS, gather
from tests.seats.crowd import ACTS as OF_SEATS
ACTS |= OF_SEATS
print(json.dumps(gather(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))))
"""
STANDING = """
import json
from django.db.models import Count
from torhaus.licensing.models import Installation, Lease, Licence
from torhaus.records.models import Record
with scopes_disabled():
    row = Licence.objects.get()
    running = Installation.objects.filter(removed_at__isnull=True)
    print(json.dumps({
        "installations": [row.installations, running.filter(counts=True).count()],
        "leases": [row.leases, Lease.objects.count()],
        "tests": running.filter(counts=False).count(),
        "digests": [running.count(), running.values("digest").distinct().count()],
        "refs": list(Installation.objects.values_list("ref", flat=True)),
        "leases of removed": Lease.objects.filter(installation__removed_at__isnull=False).count(),
        "recorded": Record.objects.filter(deed="activate_installation").count(),
        "all": Installation.objects.count(),
    }))
"""


def planted(here: Installation, machines: int = 4, **policy) -> dict:
    """Plant a contract with a floating policy and some installations without leases; gives their keys."""
    agreed = {"model": "floating"} | policy
    return json.loads(here.python(PLANT.format(policy=agreed, machines=machines)))


def crowd(here: Installation, act: str, count: int, **options) -> subprocess.Popen:
    """Start a crowd in a process group of its own, so that all of it can be killed."""
    command = [sys.executable, "-c", START, act, str(count), json.dumps(options)]
    process = subprocess.Popen(
        command, env=here.env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    here.processes.append(process)
    return process


def gathered(here: Installation, act: str, count: int, **options) -> list:
    """Let a crowd do something to its end; gives what each process came back with."""
    output, _ = crowd(here, act, count, **options).communicate(timeout=200)
    try:
        return json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        raise AssertionError(output) from None


def called(here: Installation, act: str, count: int, **options) -> list:
    """Let products that are processes of their own call the server; gives what each came back with."""
    command = [sys.executable, "-m", "tests.licensing.callers", act, str(count), json.dumps(options)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def standing(here: Installation) -> dict:
    """How things stand: pairs of what the licence's row counts and how many rows there are."""
    return json.loads(here.python(STANDING))
