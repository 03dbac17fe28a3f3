"""Measure how fast a licence is checked, beside other ways to do it, on the same machine and in the same run.

Run: ``python -m benchmarks.bench_validate`` (``make bench-validate``). ``--part ways`` compares Torhaus with bare
servers and with other frameworks on 100,000 licences with 300,000 installations; ``--part sizes`` compares
PostgreSQL with 1,000 and with 1,000,000 licences, and SQLite with PostgreSQL. Everything is on as shipped.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from tests import postgres
from tests.servers import Installation, installation

from benchmarks.validate import cast, machine
from benchmarks.validate.rounds import Keys, Slot, measure
from benchmarks.validate.servers import ROOT, Way, ensure_environment, running

CACHED = 2_000  # installations that ask again and again without a nonce
DRAWN = 20_000  # different checks with a nonce
HOW = """
How: {rounds} rounds in changing order, each way {seconds:g} s a round with {connections} connections that ask again as
soon as they are answered, by one client process on the same {cpus} processors; {workers} server processes each
(granian; `torhaus serve` with 8 threads on PostgreSQL and 1 on SQLite, as shipped, but for limits by the minute that
count and never refuse, since all ask from one address; other WSGI with 2). Figures are
medians of the rounds; ratios are medians of what one round gave. Before and after each, all processors do the same
known work: rates and processor times are normalised by it. CPU is user and system time of all server processes, and of
all of PostgreSQL's, from /proc/PID/stat, by the answers given meanwhile. Memory is the largest worker's PSS (/proc/PID/smaps_rollup). PostgreSQL runs on this
machine without waiting for its disk (fsync off), which only those profit from who write: ours, of when it was
last asked. One answer in {sample} is checked against what was asked, and its signature verified."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["all", "ways", "sizes"], default="all")
    parser.add_argument("--licences", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=1_000, help="licences of the small database")
    parser.add_argument("--large", type=int, default=1_000_000, help="licences of the large database")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="ways to measure, by parts of their names with commas between")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    return parser.parse_args()


@dataclass
class Seeded:
    """An installation full of licences, and what the seed said."""

    here: Installation
    said: dict
    file: Path

    @property
    def url(self) -> str:
        return self.here.env.get("TORHAUS_DATABASE_URL", "")

    def way(self, name: str, target: str, **more: str) -> Way:
        """Give a way that runs in our environment on this installation."""
        env = {key: value for key, value in self.here.env.items() if key.startswith(("TORHAUS_", "DJANGO_"))}
        env |= {"BENCH_SAID": str(self.file)} | more
        return Way(name, target, ours=True, env=env)

    def served(self, name: str) -> Way:
        """Give ``torhaus serve`` on this installation."""
        return replace(self.way(name, "benchmarks.validate.torhaus_serve"), served=True)

    def rival(self, name: str, target: str, interface: str = "asgi", **more: str) -> Way:
        """Give a way that runs in the environment of the others on this database."""
        return Way(name, target, interface, env={"BENCH_SAID": str(self.file), "BENCH_DSN": self.url} | more)


@contextlib.contextmanager
def seeded(licences: int, database: str, **settings: str) -> Iterator[Seeded]:
    """Fill a database of its own."""
    started = time.perf_counter()
    with installation(database=database, **settings) as here:
        file = here.data_dir / "bench.json"
        command = [sys.executable, "-m", "benchmarks.validate.seed", str(licences), str(file)]
        subprocess.run(command, cwd=ROOT, env=here.env, check=True)
        took = time.perf_counter() - started
        print(
            f"{database}: {licences:,} licences, {licences * cast.PLACES:,} installations in {took:.0f} s", flush=True
        )
        yield Seeded(here, json.loads(file.read_text("utf-8")), file)


def postmaster(url: str) -> int:
    """Give the process above PostgreSQL's backends, if it runs here."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        found = machine.parents().get(row[0], 0) if row else 0
    if not found:
        print("PostgreSQL does not run on this machine: its processor time is not counted", flush=True)
    return found


def ways(full: Seeded) -> list[Slot]:
    """Give the ways of the comparison, with what each is asked."""
    nonces = list(cast.asked(full.said["licences"], DRAWN, nonces=True))
    again = list(cast.asked(full.said["licences"], CACHED, nonces=False, seed=8))
    here = "benchmarks.validate."
    fast = "rival_fastapi:application"
    ours = full.served("Torhaus")
    keys = Keys.of(full.said)
    return [
        Slot(
            "A bare server, constant",
            full.rival("A", here + "rival_bare:application", "wsgi"),
            nonces,
            keys,
            answers=False,
        ),
        Slot("B bare ASGI, asyncpg", full.rival("B", here + "rival_asyncpg:application"), nonces, keys, signed=False),
        Slot("B, signed", full.rival("B signed", here + "rival_asyncpg:application", BENCH_SIGNED="1"), nonces, keys),
        Slot("S Torhaus, nonce", ours, nonces, keys),
        Slot("S Torhaus, no nonce", ours, again, keys),
        Slot("Torhaus, ordinary view", full.way("view", here + "torhaus_view:application"), nonces, keys),
        Slot("Django ORM", full.way("Django", here + "rival_django:application"), nonces, keys),
        Slot("FastAPI, ORM", full.rival("ORM", here + fast, BENCH_WAY="orm"), nonces, keys),
        Slot("FastAPI, Core", full.rival("Core", here + fast, BENCH_WAY="core"), nonces, keys),
        Slot("FastAPI, Core, kept row", full.rival("Core kept", here + fast, BENCH_WAY="kept"), nonces, keys),
    ]


def run(slots: list[Slot], first: Seeded, args: argparse.Namespace, database: str) -> None:
    """Start what the slots ask, and fill them."""
    servers = list({id(slot.way): slot.way for slot in slots}.values())
    log = first.here.data_dir / "servers.txt"
    with running(servers, args.workers, log):
        try:
            speeds = measure(
                slots,
                postmaster(database),
                rounds=args.rounds,
                seconds=args.seconds,
                connections=args.connections,
            )
        except BaseException:
            print(log.read_text("utf-8", "replace")[-3000:], file=sys.stderr)
            raise
    drift = sorted(one.by_clock for one in speeds)
    print(f"\nspeed of the machine meanwhile: {drift[0] / drift[-1]:.2f} of its best at worst", flush=True)


def ratio(slot: Slot, base: Slot) -> tuple[float, float]:
    """Give how many times as much ``slot`` does as ``base``: by rate, and by processor time."""
    by_rate = machine.median(mine / theirs for mine, theirs in zip(slot.rate, base.rate, strict=True))
    by_cpu = machine.median(theirs / mine for mine, theirs in zip(slot.cpu_us, base.cpu_us, strict=True))
    return by_rate, by_cpu


def table(slots: Sequence[Slot], base: Slot) -> None:
    """Print what was found."""
    print(f"\n{'way':<27}{'x rate':>7}{'x CPU':>7}{'req/s':>8}{'CPU us server+db':>18}{'p50':>7}{'p99':>7}", end="")
    print(f"{'PSS MiB':>9}{'bytes':>7}{'checked':>9}")
    for slot in slots:
        by_rate, by_cpu = ratio(slot, base)
        cpu = f"{machine.median(slot.server_us):.0f} + {machine.median(slot.database_us):.0f}"
        times = f"{machine.median(slot.p50):>7.1f}{machine.median(slot.p99):>7.1f}"
        print(f"{slot.name:<27}{by_rate:>7.2f}{by_cpu:>7.2f}{machine.median(slot.rate):>8,.0f}{cpu:>18}{times}", end="")
        print(f"{max(slot.pss):>9.0f}{slot.bytes:>7,}{slot.checked:>9,}")


def verdict(text: str, found: float, least: float) -> bool:
    met = found >= least
    print(f"{'met   ' if met else 'MISSED'}  {text}: {found:.2f}, at least {least:g}")
    return met


def compare_ways(args: argparse.Namespace) -> bool:
    """Compare Torhaus with the other ways; give whether the targets are met."""
    print(ensure_environment(), flush=True)
    with seeded(args.licences, "postgresql") as full:
        slots = ways(full)
        if args.only:
            wanted = ["B bare", *args.only.split(",")]
            slots = [slot for slot in slots if any(part in slot.name for part in wanted)]
        run(slots, full, args, full.url)
    named = {slot.name: slot for slot in slots}
    base = named["B bare ASGI, asyncpg"]
    table(slots, base)
    print()
    if args.only:
        return True
    fresh, cached = named["S Torhaus, nonce"], named["S Torhaus, no nonce"]
    held = []
    for slot, least in ((fresh, 0.75), (cached, 0.95)):
        by_rate, by_cpu = ratio(slot, base)
        held.append(verdict(f"{slot.name}, of B by requests a second", by_rate, least))
        held.append(verdict(f"{slot.name}, of B by CPU a request", by_cpu, least))
    for name, least in (("FastAPI, ORM", 8.0), ("FastAPI, Core", 4.5)):
        by_rate, by_cpu = ratio(fresh, named[name])
        held.append(verdict(f"{fresh.name}, of {name} by requests a second", by_rate, least))
        held.append(verdict(f"{fresh.name}, of {name} by CPU a request", by_cpu, least))
    memory = max(*fresh.pss, *cached.pss)
    held.append(memory <= 80)
    print(f"{'met   ' if held[-1] else 'MISSED'}  memory of a worker: {memory:.0f} MiB PSS, at most 80")
    for slot, than in ((fresh, named["B, signed"]), (base, named["FastAPI, Core"]), (base, named["FastAPI, ORM"])):
        by_rate, by_cpu = ratio(slot, than)
        print(f"told    {slot.name}, of {than.name}: {by_rate:.2f} by requests a second, {by_cpu:.2f} by CPU")
    return all(held)


def compare_sizes(args: argparse.Namespace) -> bool:
    """Compare sizes on PostgreSQL, and the two databases; give whether the targets are met."""
    sizes = {"small": (args.small, "postgresql"), "middle": (args.licences, "postgresql")}
    sizes |= {"large": (args.large, "postgresql"), "SQLite": (args.licences, "sqlite")}
    held = []
    with contextlib.ExitStack() as stack:
        full = {name: stack.enter_context(seeded(*size)) for name, size in sizes.items()}
        slots = {}
        for name, one in full.items():
            engine = "PostgreSQL" if one.url else "SQLite"
            asked = list(cast.asked(one.said["licences"], DRAWN, nonces=True))
            slots[name] = Slot(f"{engine}, {one.said['licences']:,}", one.served(name), asked, Keys.of(one.said))
        run(list(slots.values()), full["middle"], args, full["middle"].url)
    table(list(slots.values()), slots["middle"])
    print()
    for name, base, least in (("large", "small", 0.9), ("SQLite", "middle", 1.0)):
        by_rate, by_cpu = ratio(slots[name], slots[base])
        text = f"{slots[name].name} of {slots[base].name} licences"
        held.append(verdict(f"{text}, by requests a second", by_rate, least))
        print(f"told    {text}, by CPU a request: {by_cpu:.2f}")
    return all(held)


def main() -> int:
    args = arguments()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{os.cpu_count()} processors, {memory:.0f} GiB, Python {platform.python_version()}; {postgres.how()}")
    held = []
    if args.part in ("all", "ways"):
        held.append(compare_ways(args))
    if args.part in ("all", "sizes"):
        held.append(compare_sizes(args))
    print(HOW.format(**vars(args), cpus=os.cpu_count(), sample=97))
    return int(args.check and not all(held))


if __name__ == "__main__":
    sys.exit(main())
