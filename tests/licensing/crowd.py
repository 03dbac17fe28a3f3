"""A crowd: separate processes that go for the same places of one database at the same moment.

``gather`` forks COUNT processes, lets all of them go at once, and gives what each came back with. Each process has a
connection of its own. ``crowds.py`` calls it in a process of its own, after Django was set up.
"""

import json
import os
import random
import time
from pathlib import Path

from django.db import OperationalError, connection, connections
from django_scopes import scopes_disabled

from tests.licensing import places
from torhaus.core import clock
from torhaus.licensing import tidying
from torhaus.licensing.activate_installation import TooManyInstallations
from torhaus.licensing.grants import Policy
from torhaus.licensing.leases import give_lease_back, take_lease
from torhaus.licensing.models import Installation
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.subscriptions.models import Contract


def patiently(act, *arguments, **options):
    """Do something that writes; SQLite lets only one write, and may tell a process of many to come again."""
    while True:
        try:
            return act(*arguments, **options)
        except OperationalError as error:
            if "locked" not in str(error):
                raise


def contract() -> Contract:
    with scopes_disabled():
        return Contract.objects.select_related("customer").get()


def claim(number: int, *, licence: int, installation: int, limit: int) -> bool:
    """Claim one lease, as a process of its own."""
    policy = Policy(model="floating", max_leases=limit)
    taken = patiently(
        take_lease,
        licence_id=licence,
        installation_id=installation,
        holder=f"p{number}",
        policy=policy,
        now=clock.now(),
    )
    return taken is not None


def hold_leases(number: int, *, licence: int, installations: list[int], limit: int, seconds: float) -> dict:
    """Take, extend, lose and give back leases for a while, often those of others, and collect and recount besides."""
    chance, did = random.Random(number), {"taken": 0, "refused": 0}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # Few names among many processes, so that they meet; some leases are over at once.
        holder, one = f"h{chance.randrange(3 * limit)}", chance.choice(installations)
        policy = Policy(model="floating", max_leases=limit, lease_seconds=chance.choice([0, 0, 600]))
        what = chance.random()
        if what < 0.7:
            taken = patiently(
                take_lease, licence_id=licence, installation_id=one, holder=holder, policy=policy, now=clock.now()
            )
            did["taken" if taken else "refused"] += 1
        elif what < 0.9:
            patiently(give_lease_back, licence_id=licence, holder=holder)
        elif what < 0.98:
            patiently(tidying.collect_all_ended_leases)
        else:
            assert not patiently(tidying.miscounted_across_customers)
            patiently(tidying.recount_places)
    return did


def activate_once(number: int) -> str:
    """Activate a machine of its own; gives the reference, or nothing if all places are taken."""
    try:
        return patiently(places.activate, contract(), f"m{number}").installation.ref
    except TooManyInstallations:
        return ""


def come_and_go(number: int, *, machines: int, seconds: float, acknowledged: str = "") -> dict:
    """Activate and end machines for a while, the same as others do, with heartbeats, names and counts besides.

    Each activation that came back is noted in the file ``acknowledged``, before anything else is done.
    """
    chance, did = random.Random(number), {"activated": 0, "refused": 0, "ended": 0}
    of, end = contract(), time.monotonic() + seconds
    while time.monotonic() < end:
        which = f"m{chance.randrange(machines)}"
        try:
            made = patiently(places.activate, of, which, environment=chance.choice(["", "production", "test"]))
        except TooManyInstallations:
            did["refused"] += 1
            continue
        did["activated"] += 1
        if acknowledged:
            _note(acknowledged, made.installation.ref)
        _go_on(chance, of, made, did)
    return did


def _go_on(chance: random.Random, of: Contract, made, did: dict) -> None:
    row = made.installation
    what = chance.random()
    if what < 0.4 and row.counts:
        holder = chance.choice([row.ref, f"{row.ref}:1"])
        policy = Policy(model="floating", max_leases=4, lease_seconds=chance.choice([0, 600]))
        patiently(
            take_lease, licence_id=row.licence_id, installation_id=row.pk, holder=holder, policy=policy, now=clock.now()
        )
    elif what < 0.7:
        end = chance.choice([places.remove, places.deactivate])
        try:
            patiently(end, of, row)
            did["ended"] += 1
        except UnknownInstallation:
            raise AssertionError("it was there a moment ago") from None
    elif what < 0.8:
        assert not patiently(tidying.miscounted_across_customers)
        patiently(tidying.recount_places)
    elif what < 0.9:
        with scopes_disabled():
            patiently(Installation.objects.filter(pk=row.pk).update, last_seen_at=clock.now())


def beat_or_remove(number: int, *, machines: int, seconds: float) -> dict:
    """One of four removes installations and lets them come again; the others beat for whatever they knew a moment ago."""
    chance, did = random.Random(number), {"beaten": 0, "refused": 0, "removed": 0}
    of, end, policy = contract(), time.monotonic() + seconds, Policy(model="floating", max_leases=machines)
    while time.monotonic() < end:
        with scopes_disabled():
            row = chance.choice(list(Installation.objects.order_by("-pk")[: 2 * machines]))
        if number % 4 == 0:
            if row.removed_at is None:
                patiently(places.remove, of, row)
                did["removed"] += 1
            patiently(places.activate, of, f"planted {chance.randrange(machines)}")
            continue
        was_removed = row.removed_at is not None
        held = patiently(
            take_lease,
            licence_id=row.licence_id,
            installation_id=row.pk,
            holder=row.ref,
            policy=policy,
            now=clock.now(),
        )
        assert not (held and was_removed), "a removed installation holds a place"
        did["beaten" if held else "refused"] += 1
    return did


def activate_for_ever(number: int, *, acknowledged: str) -> None:
    """Activate one machine after another, each noted once it came back, until somebody kills the process."""
    of, count = contract(), 0
    while True:
        _note(acknowledged, patiently(places.activate, of, f"{number}-{count}").installation.ref)
        count += 1


def _note(path: str, ref: str) -> None:
    # One write of one line is whole, or not there: also if the process is killed.
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{ref}\n".encode())
    os.close(handle)


ACTS = {
    one.__name__: one for one in (claim, hold_leases, activate_once, come_and_go, beat_or_remove, activate_for_ever)
}


def gather(name: str, count: int, options: dict) -> list:
    """Fork the crowd, let it go, and give what each came back with; a process that failed gives ``{"error": …}``."""
    connections.close_all()
    gate_in, gate_out = os.pipe()
    results = Path(os.environ["TORHAUS_DATA_DIR"]) / "crowd"
    results.mkdir(exist_ok=True)
    children = []
    for number in range(count):
        if (pid := os.fork()) == 0:
            os.close(gate_out)
            _be_one(ACTS[name], number, options, gate_in, results / str(number))
        children.append(pid)
    print("ready", flush=True)
    os.close(gate_out)  # the gate opens for all at once
    for pid in children:
        os.waitpid(pid, 0)
    return [json.loads((results / str(number)).read_text()) for number in range(count)]


def _be_one(act, number: int, options: dict, gate: int, result: Path) -> None:
    try:
        connection.ensure_connection()
        os.read(gate, 1)
        came_back = act(number, **options)
    except BaseException as error:  # noqa: BLE001 - told to the test, whatever it is
        came_back = {"error": f"{type(error).__name__}: {error}"}
    result.write_text(json.dumps(came_back))
    os._exit(0)
