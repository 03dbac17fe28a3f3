"""Time the pages about seats of one customer who has very many, beside the empty page in the same run.

Run: ``python -m benchmarks.seats [--seats 50000 --check]``. SQLite by default, PostgreSQL where TORHAUS_DATABASE_URL
says so. The pages are asked of the application itself, without a network; the file is read to its end.
"""

import argparse
import re
import statistics
import sys
import time
from datetime import timedelta
from functools import partial
from html import unescape

from benchmarks import large


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seats", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    return parser.parse_args()


ARGS = arguments() if __name__ == "__main__" else None
if ARGS:
    large.start()

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from tests import people
from tests.seats import seating

from torhaus.core import clock
from torhaus.core.random import new_ref
from torhaus.frame.build import build
from torhaus.seats.models import Seat
from torhaus.seats.seat_list import SORTS
from torhaus.subscriptions.models import Contract

EMPTY, PER_PAGE, PASSWORD = "the empty page with the frame", 25, "correct-horse-battery-staple"
MOST_QUERIES, MOST_TIMES_EMPTY = 12, 3


def seed(count: int) -> Contract:
    """Fill one customer's contract with ``count`` held seats; a tenth as many were released, and others hold some."""
    contract, other = seating.contract(full=count), seating.contract("V-2026-002", full=count)
    guest, room = people.item("guest", "seat"), people.item("room", "seat")
    full = people.item("full", "seat")
    now = clock.now()

    def row(of: Contract, n: int) -> Seat:
        mixed = n * 7919 % (count + 1)
        return Seat(
            ref=new_ref(), contract=of, kind=(guest if n % 5 == 1 else room if n % 1000 == 2 else full), place=n,
            name=f"{('Ada', 'Ben', 'Chris', 'Özlem')[n % 4]} Person {mixed:05}", mail=f"p{n}@nordwind.example",
            organisation=f"Abteilung {n * 31 % 197}", state="initiated" if n % 20 == 3 else "active",
            ends_on=(now + timedelta(days=30)).date() if n % 100 == 4 else None,
            assigned_at=now - timedelta(minutes=30 * n),
            last_seen_at=None if n % 20 == 3 else now - timedelta(minutes=mixed * 6), owned_bytes=mixed * 1000,
        )  # fmt: skip

    def released(n: int) -> Seat:
        at = now - timedelta(hours=n * 3)
        return Seat(
            contract=contract, kind=full, place=n, state="active", owned_bytes=n,
            assigned_at=at - timedelta(days=90), released_at=at,
        )  # fmt: skip

    with scopes_disabled(), transaction.atomic():
        large.bulk(Seat, (row(contract, n) for n in range(1, count + 1)))
        large.bulk(Seat, (row(other, n) for n in range(1, count // 10 + 1)))
        large.bulk(Seat, (released(n) for n in range(1, count // 10 + 1)))
    large.settle(connection)
    return contract


def clicked_to(client: Client, path: str, goal: int) -> str:
    """Give the address of the page ``goal`` as a person gets there: by the links of each page that lead nearest."""
    number, way = 1, path
    while number < goal:
        shown = client.get(way).content.decode()
        links = {int(n): unescape(link) for link, n in re.findall(r'href="(\?[^"]*?page=(\d+)[^"]*)"', shown)}
        number = max(n for n in links if n <= goal)
        way = path.partition("?")[0] + links[number]
    return way


def pages(clients: dict[bool, Client], contract: Contract, count: int) -> dict[str, str]:
    """Give what is timed: name and path."""
    deep = count * 99 // 100 // PER_PAGE
    with scopes_disabled():
        refs = list(Seat.objects.filter(contract=contract, released_at=None).values_list("ref", flat=True)[:100])
    found = {
        EMPTY: "/bench/framed/",
        "list": "/seats/",
        "list, 99 % deep": f"/seats/?page={deep}",
        "list, in the middle": clicked_to(clients[False], "/seats/", deep // 2),
        "search by name": "/seats/?text=person+00123",
        "search by organisation": "/seats/?text=abteilung+77",
        "search by mail": "/seats/?text=p123%40nord",
        "search that finds most": "/seats/?text=person",
        "search that finds nothing": "/seats/?text=nobody",
        "search, filter and order": "/seats/?text=abteilung+7&state=active&kind=full&sort=-seen",
        "filter by kind": "/seats/?kind=guest",
        "filter by state": "/seats/?state=initiated",
        "filter by end": "/seats/?state=temporary",
        "filter by last seen": "/seats/?unseen=90",
    }
    for sort in SORTS:
        for way in (sort, f"-{sort}"):
            found[f"order by {way}"] = f"/seats/?sort={way}"
            found[f"order by {way}, 99 % deep"] = f"/seats/?sort={way}&page={deep}"
            found[f"order by {way}, in the middle"] = clicked_to(clients[False], f"/seats/?sort={way}", deep // 2)
    found["staff: list"] = f"/staff/contracts/{contract.ref}/seats/"
    found["staff: list, 99 % deep"] = f"/staff/contracts/{contract.ref}/seats/?page={deep}"
    found["staff: list, in the middle"] = clicked_to(clients[True], found["staff: list"], deep // 2)
    found["staff: search by mail"] = f"/staff/contracts/{contract.ref}/seats/?text=p123%40nord"
    found["price plan"] = "/settings/account/price-plan/"
    found["release 100, what is lost"] = "/seats/release/?" + "&".join(f"seat={ref}" for ref in refs)
    return found


def ask(clients: dict[bool, Client], path: str) -> None:
    answer = clients[path.startswith("/staff/")].get(path)
    assert answer.status_code == 200, (path, answer.status_code)


def signed_in(contract: Contract) -> dict[bool, Client]:
    """Give the customer's owner, and support staff (True)."""
    owner = people.member(contract.customer, "owner", mail="owner@nordwind.example").person
    found = {}
    for staff, door, person in ((False, "/login/person/", owner), (True, "/staff/sign-in/", people.staff("support"))):
        found[staff] = Client(HTTP_HOST="localhost")
        answer = found[staff].post(door, {"mail": person.mail, "password": PASSWORD})
        assert answer.status_code == 302, answer.status_code
    return found


def queries_of(clients: dict[bool, Client], paths: dict[str, str]) -> dict[str, int]:
    """Count each page's queries; the first asking warms up."""
    found = {}
    for name, path in paths.items():
        ask(clients, path)
        with CaptureQueriesContext(connection) as queries:
            ask(clients, path)
        found[name] = len(queries)
    return found


def report(times: dict[str, list[float]], queries: dict[str, int]) -> bool:
    """Print the table and the verdicts; give whether all targets are met."""
    most = {name: large.p95(values) for name, values in times.items()}
    print(f"\n{'page':<42}{'p50 ms':>9}{'p95 ms':>9}{'x empty':>9}{'queries':>9}")
    for name, values in times.items():
        row = f"{name:<42}{statistics.median(values):>9.2f}{most[name]:>9.2f}"
        print(row + f"{most[name] / most[EMPTY]:>9.2f}{queries[name]:>9}")
    limit = MOST_TIMES_EMPTY * most[EMPTY]
    slow = [name for name, value in most.items() if value > limit]
    verdicts = {
        f"every page <= {MOST_QUERIES} queries": max(queries.values()) <= MOST_QUERIES,
        "99 % deep as many queries as the first page": queries["list, 99 % deep"] == queries["list"],
        f"p95 of every page <= {MOST_TIMES_EMPTY} x {EMPTY} ({len(slow)} of {len(most)} are slower)": not slow,
    }
    print()
    for text, met in verdicts.items():
        print(f"{'met   ' if met else 'MISSED'}  {text}")
    return all(verdicts.values())


def main(said: argparse.Namespace) -> int:
    """Measure; give 1 where a target is missed and that was to be checked."""
    call_command("migrate", verbosity=0)
    build()
    settings.ROOT_URLCONF = "benchmarks.page_urls"
    began = time.perf_counter()
    contract = seed(said.seats)
    print(f"{connection.vendor}: {said.seats:,} seats of one customer in {time.perf_counter() - began:.0f} s")
    clients = signed_in(contract)
    paths = pages(clients, contract, said.seats)
    queries = queries_of(clients, paths)
    times = large.interleaved({name: partial(ask, clients, path) for name, path in paths.items()}, said.rounds)
    met = report(times, queries)
    began = time.perf_counter()
    size = sum(map(len, clients[False].get("/seats/export.csv").streaming_content))
    print(f"\nCSV of all, {size / 2**20:.1f} MiB, once: {time.perf_counter() - began:.1f} s")
    return int(said.check and not met)


if __name__ == "__main__" and ARGS:
    sys.exit(main(ARGS))
