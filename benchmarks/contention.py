"""Let many processes fight for the last places of one licence: leases, and installations.

Run: ``python -m benchmarks.contention [--clients 64 --rounds 6 --seconds 5 --database sqlite]``. The clients are
processes of their own and speak HTTP with real server processes. While they fight, and after every round, the
database is asked whether there was ever one too many. Then the same places once more without HTTP.
"""

import argparse
import contextlib
import http.client
import json
import multiprocessing
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Self

import psycopg
from tests.servers import Installation, installation

from benchmarks.validate.fights import Outcome, processes
from benchmarks.validate.servers import ROOT, Way

PLACES = 10
SEED = """
from torhaus.licensing.models import PlanPolicy
from torhaus.vendor.actions import create_signing_key
people.vendor()
create_signing_key(by=people.SYSTEM)
import json
said = []
for n, policy in enumerate([
    {"model": "floating", "max_leases": %(places)d, "lease_seconds": 3600},
    {"model": "node_locked", "max_installations": %(places)d},
]):
    plan = people.item(f"plan-{n}")
    PlanPolicy.objects.create(plan=plan, **policy)
    contract = people.contract(people.customer(f"K{n}"), f"V{n}")
    people.booking(contract, item=plan, quantity=1)
    said.append(people.token(contract))
print(json.dumps(said))
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    return parser.parse_args()


class Client:
    """A product somewhere: one keep-alive connection and a token."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.seen: Counter = Counter()

    def ask(self, name: str, body: dict) -> tuple[int, dict]:
        """Ask; a status of 500 or more ends the proof."""
        self.connection.request("POST", f"/api/v1/{name}", json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 500 or answer.status == 429:
            raise SystemExit(f"{name} answered {answer.status}: {content[:500]!r}")
        self.seen[f"{name} {answer.status}"] += 1
        return answer.status, json.loads(content)


def print_of(number: int) -> dict[str, str]:
    return {"machine": f"{number:064x}"}


def fight_for_leases(client: Client, number: int, ref: str, seconds: float) -> None:
    """Take a place, hold it for a moment, give it back; at the end keep whatever can be had."""
    end, draw = time.monotonic() + seconds, random.Random(number)
    asked = {"installation": ref, "fingerprint": print_of(number)}
    while time.monotonic() < end:
        _, answer = client.ask("heartbeat", asked)
        if has_lease(answer):
            client.seen["taken"] += 1
            time.sleep(draw.random() * 0.01)
            status, _ = client.ask("deactivate", {"installation": ref, "keep": True})
            if status != 200:
                raise SystemExit(f"a lease was not taken back: {status}")
        else:
            client.seen["refused"] += 1
            time.sleep(draw.random() * 0.02)
    _, answer = client.ask("heartbeat", asked)
    client.seen["kept"] += has_lease(answer)


def has_lease(answer: dict) -> bool:
    place = answer.get("installation") or {}
    return answer["valid"] and place.get("lease_until") is not None


def fight_for_installations(client: Client, number: int, _: str, seconds: float) -> None:
    """Activate, deactivate; at the end keep whatever can be had."""
    end, turn = time.monotonic() + seconds, 0
    while True:
        over, turn = time.monotonic() >= end, turn + 1
        machine_of = print_of(number if over else number + 1000 * turn)
        status, answer = client.ask("activate", {"product": "acme", "fingerprint": machine_of})
        if status in (200, 201):
            client.seen["taken"] += 1
            ref = answer["installation"]["ref"]
            if over:
                client.seen["kept"] += 1
                return
            client.ask("deactivate", {"installation": ref})
        elif status == 409 and answer["code"] == "too_many_installations":
            client.seen["refused"] += 1
            if over:
                return
            time.sleep(0.005)
        else:
            raise SystemExit(f"activate answered {status}: {answer}")


class Watch:
    """Looks into the database as the fight goes on, by a connection of its own."""

    def __init__(self, here: Installation) -> None:
        self.here = here
        self.most: Counter = Counter()
        self.looks = 0

    SQL = (
        "SELECT (SELECT count(*) FROM licensing_lease), (SELECT sum(leases) FROM licensing_licence),"
        " (SELECT count(*) FROM licensing_installation i JOIN licensing_licence l ON l.id = i.licence_id"
        "   WHERE removed_at IS NULL AND l.installations_ceiling IS NOT NULL),"
        " (SELECT sum(installations) FROM licensing_licence WHERE installations_ceiling IS NOT NULL)"
    )

    def look(self) -> tuple[int, int, int, int]:
        """Give leases, their counter, limited installations, their counter, in one statement; never one too many."""
        (row,) = rows(self.here, self.SQL)
        leases, counted, places, counted_places = (int(value or 0) for value in row)
        if leases != counted or places != counted_places or leases > PLACES or places > PLACES:
            raise SystemExit(f"ONE TOO MANY or miscounted: {row} (leases, counter, installations, counter)")
        self.looks += 1
        return leases, counted, places, counted_places

    def __enter__(self) -> Self:
        self.stop = multiprocessing.Event()
        self.count = multiprocessing.Value("i", 0)
        self.bad = multiprocessing.Value("b", 0)
        self.process = multiprocessing.get_context("fork").Process(target=self._watch)
        self.process.start()
        return self

    def _watch(self) -> None:
        while not self.stop.wait(0.03):
            try:
                self.look()
            except SystemExit as error:
                print(error, flush=True)
                self.bad.value = 1
                return
            self.count.value += 1

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.process.join()
        self.looks += self.count.value
        if self.bad.value:
            raise SystemExit(1)


def over_http(here: Installation, args: argparse.Namespace, engine: str) -> None:
    """Let the clients fight over HTTP."""
    floating, locked = json.loads(here.python(SEED % {"places": PLACES}).splitlines()[-1])
    env = {key: value for key, value in here.env.items() if key.startswith(("TORHAUS_", "DJANGO_"))}
    way = Way("Torhaus", "benchmarks.validate.torhaus_serve", ours=True, served=True, env=env)
    log = here.data_dir / "servers.txt"
    way.start(2, log)
    watch = Watch(here)
    try:
        refs = [activated(Client(way.port, floating), number) for number in range(args.clients)]
        fights = ("leases", floating, fight_for_leases), ("installations", locked, fight_for_installations)
        for turn in range(args.rounds):
            for name, token, fight in fights:
                seen, took = one_round(watch, way.port, token, fight, refs, args.seconds)
                require_all_taken(watch.look()[0 if name == "leases" else 2], seen["kept"])
                told = f"{seen['taken'] / took:6.0f} taken/s, {seen['refused'] / took:6.0f} refused/s"
                print(f"{engine:<11} round {turn + 1} {name:<14}{told}, {PLACES} of {args.clients} kept", flush=True)
                give_all_back(Client(way.port, token), here, name)
        told = f"{watch.looks} looks into the database: never one too many"
        print(f"{engine:<11} {told}; no deadlock, nothing of 500 or above", flush=True)
    except BaseException:
        print(log.read_text("utf-8", "replace")[-3000:], file=sys.stderr)
        raise
    finally:
        way.stop()
    if "deadlock" in log.read_text("utf-8", "replace"):
        raise SystemExit(f"a deadlock stands in the log:\n{log.read_text('utf-8', 'replace')[-3000:]}")


def require_all_taken(stand: int, have: int) -> None:
    """Refuse a round that left a place free, or gave one twice."""
    if stand != PLACES or have != PLACES:
        raise SystemExit(f"{stand} places stand, {have} clients have one; {PLACES} were to be had")


def activated(client: Client, number: int) -> str:
    status, answer = client.ask("activate", {"product": "acme", "fingerprint": print_of(number)})
    if status != 201:
        raise SystemExit(f"activate answered {status}: {answer}")
    return answer["installation"]["ref"]


def one_round(watch: Watch, port: int, token: str, fight: Callable, refs: list[str], seconds: float) -> Outcome:
    def work(number: int, barrier) -> Counter:
        client = Client(port, token)
        barrier.wait(120)
        fight(client, number, refs[number], seconds)
        return client.seen

    with watch:
        return processes(len(refs), work)


def give_all_back(client: Client, here: Installation, name: str) -> None:
    """Free the places that were kept, through the door."""
    sql = {
        "leases": "SELECT i.ref FROM licensing_lease e JOIN licensing_installation i ON i.id = e.installation_id",
        "installations": "SELECT i.ref FROM licensing_installation i JOIN licensing_licence l ON l.id = i.licence_id"
        " WHERE removed_at IS NULL AND l.installations_ceiling IS NOT NULL",
    }[name]
    for (ref,) in rows(here, sql):
        status, _ = client.ask("deactivate", {"installation": ref, "keep": name == "leases"})
        if status != 200:
            raise SystemExit(f"{ref} was not given back: {status}")


def rows(here: Installation, sql: str) -> list[tuple]:
    """Ask the database past the server."""
    if url := here.env.get("TORHAUS_DATABASE_URL"):
        with psycopg.connect(url) as connection:
            return connection.execute(sql).fetchall()
    with contextlib.closing(sqlite3.connect(here.data_dir / "torhaus.sqlite3", timeout=30)) as file:
        return file.execute(sql).fetchall()


def main() -> None:
    args = arguments()
    for engine in ("sqlite", "postgresql") if args.database == "both" else (args.database,):
        with installation(database=engine) as here:
            over_http(here, args, engine)
            command = [sys.executable, "-m", "benchmarks.validate.raw_leases"]
            words = [str(args.clients), str(args.seconds), str(PLACES)]
            subprocess.run([*command, *words], cwd=ROOT, env=here.env, check=True)
    print(
        f"\n{args.clients} client processes, 2 server processes, {PLACES} places. Each round ends with everybody asking"
    )
    print(
        "once more: exactly as many as there are places have one. PostgreSQL without waiting for its disk (fsync off)."
    )


if __name__ == "__main__":
    main()
