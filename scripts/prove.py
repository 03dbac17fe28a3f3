"""Run the measurements at their stated sizes and keep each output in docs/measured/.

What was measured at this commit is not measured again, so an interrupted proof goes on where it stopped.
``--reduced`` runs the same at small sizes, prints it and keeps nothing: that the proofs still work. Names choose
some of them: ``make prove ARGS="validate contention"``.
"""

import contextlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import postgres, servers

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "measured"
PAGES, IMPORT = "benchmarks.bench_pages", "benchmarks.import_customers"
VALIDATE, CONTENTION, STEADY = "benchmarks.bench_validate", "benchmarks.contention", "benchmarks.steady"
TESTS = ["pytest", "-q", "-s", "-n", "0"]
ACTIVITY, MANY_SEATS = "benchmarks.activity", "benchmarks.seats"
# These fill the installation that their environment names.
IN_AN_INSTALLATION = {PAGES, ACTIVITY, MANY_SEATS}
PROOFS = {
    "pages-sqlite": [PAGES, "--check"],
    "pages-postgresql": [PAGES, "--check"],
    "import-sqlite": [IMPORT, "100000"],
    "import-postgresql": [IMPORT, "100000"],
    "files": ["benchmarks.files", "4096"],
    "broken-behaviours": ["benchmarks.break_behaviours"],
    "looks": ["pytest", "tests/browser/test_pages.py", "-k", "R61", "-n", "0"],
    "licence-vectors": ["benchmarks.verify_vectors"],
    "licence-fuzz": ["benchmarks.fuzz_licences", "1000000"],
    "random-tokens": ["pytest", "tests/api/test_bearer.py", "-k", "R44", "-n", "0"],
    "validate": [VALIDATE, "--part", "ways", "--check"],
    "validate-sizes": [VALIDATE, "--part", "sizes", "--check"],
    "contention": [CONTENTION],
    "places-machine": [*TESTS, "tests/licensing/test_places_machine.py", "tests/licensing/test_kept.py"],
    "schemathesis": [*TESTS, "tests/api/test_schemathesis.py"],
    "killed-activations": [
        *TESTS,
        "tests/licensing/test_contention_http.py",
        "tests/licensing/test_contention_activations.py",
    ],
    "database-gone": [*TESTS, "tests/api/test_database_gone.py"],
    "licence-journey": [*TESTS, "tests/sdk/test_from_import_to_renewal.py"],
    "activity-sqlite": [ACTIVITY, "--check"],
    "activity-postgresql": [ACTIVITY, "--check"],
    "many-seats-sqlite": [MANY_SEATS, "--check"],
    "many-seats-postgresql": [MANY_SEATS, "--check"],
    "steady-sqlite": [STEADY],
    "steady-postgresql": [STEADY],
    "seats-contention-sqlite": [*TESTS, "tests/seats/test_contention_seats.py"],
    "seats-contention-postgresql": [*TESTS, "tests/seats/test_contention_seats.py"],
    "seats-killed-sqlite": [*TESTS, "tests/seats/test_killed_while_assigning.py"],
    "seats-killed-postgresql": [*TESTS, "tests/seats/test_killed_while_assigning.py"],
    "seats-machine": [*TESTS, "tests/seats/test_seats_machine.py"],
}
SMALL = ["--customers", "500", "--invoices", "12000", "--tokens", "1500", "--rounds", "10"]
TINY = ["--licences", "1000", "--small", "500", "--large", "3000", "--rounds", "1", "--seconds", "0.5"]
REDUCED = {
    "pages-sqlite": [PAGES, *SMALL],
    "pages-postgresql": [PAGES, *SMALL],
    "import-sqlite": [IMPORT, "500"],
    "import-postgresql": [IMPORT, "500"],
    "files": ["benchmarks.files", "256"],
    "broken-behaviours": ["benchmarks.break_behaviours", "20"],
    "licence-vectors": ["benchmarks.verify_vectors"],
    "licence-fuzz": ["benchmarks.fuzz_licences", "20000"],
    "validate": [VALIDATE, *TINY],
    "contention": [CONTENTION, "--clients", "12", "--rounds", "1", "--seconds", "0.5"],
    "activity-sqlite": [ACTIVITY, "--records", "600"],
    "activity-postgresql": [ACTIVITY, "--records", "600"],
    "many-seats-sqlite": [MANY_SEATS, "--seats", "1000", "--rounds", "3"],
    "many-seats-postgresql": [MANY_SEATS, "--seats", "1000", "--rounds", "3"],
    "steady-sqlite": [STEADY, "--minutes", "0.1", "--licences", "500"],
    "steady-postgresql": [STEADY, "--minutes", "0.1", "--licences", "500"],
}


def main(words: list[str]) -> int:
    """Give 0 when every proof holds; 2 when one is named that there is not."""
    with servers.shared_templates() as shared:
        os.environ.update(shared)
        return _proofs(words)


def _proofs(words: list[str]) -> int:
    proofs = REDUCED if "--reduced" in words else PROOFS
    named = [word for word in words if word != "--reduced"]
    if unknown := [name for name in named if name not in proofs]:
        print(f"There is no proof {', '.join(unknown)}. There are {', '.join(proofs)}.", file=sys.stderr)
        return 2
    chosen = {name: command for name, command in proofs.items() if not named or name in named}
    if proofs is REDUCED:
        failed = _all_shown(chosen)
    else:
        if _git("status", "--porcelain", "--untracked-files=no", "--", "src", "sdk", "benchmarks", "tests"):
            print("There are changes that are not committed; a measurement belongs to a commit.", file=sys.stderr)
            return 1
        FOLDER.mkdir(parents=True, exist_ok=True)
        commit = _git("rev-parse", "HEAD")
        failed = [name for name, command in chosen.items() if not _proven(name, command, commit)]
    for name in failed:
        print(f"not proven: {name}", file=sys.stderr)
    return int(bool(failed))


def _proven(name: str, command: list[str], commit: str) -> bool:
    path = FOLDER / f"{name}.txt"
    known = path.read_text("utf-8") if path.exists() else ""
    if f"commit: {commit}\n" in known and known.endswith("exit code: 0\n"):
        print(f"{name}: measured at this commit already")
        return True
    code, seconds, output = _run(name, command)
    head = f"commit: {commit}\nmachine: {machine()}\ncommand: python -m {' '.join(command)}\n"
    path.write_text(f"{head}\n{output}\nseconds: {seconds:.0f}\nexit code: {code}\n", "utf-8")
    return code == 0


def _all_shown(chosen: dict[str, list[str]]) -> list[str]:
    """Run proofs at small sizes, and give those that failed. Several at once: nothing is kept of what they measure."""
    if postgres.how():
        postgres.server_url()  # one for all, begun before they are several
    alone = {name for name, command in chosen.items() if command[0] == STEADY}  # which has a time to keep to
    together = [name for name in chosen if name not in alone]
    with ThreadPoolExecutor(os.cpu_count() or 1) as several:
        held = dict(zip(together, several.map(_shown, together, map(chosen.get, together)), strict=True))
    held |= {name: _shown(name, chosen[name]) for name in sorted(alone)}
    return [name for name in chosen if not held[name]]


def _shown(name: str, command: list[str]) -> bool:
    code, seconds, output = _run(name, command)
    print(f"{output}\n{name}: {seconds:.0f} s", flush=True)
    return code == 0


def _run(name: str, command: list[str]) -> tuple[int, float, str]:
    print(f"{name}: measuring", flush=True)
    started = time.monotonic()
    with _environment("postgresql" if name.endswith("postgresql") else "sqlite", command[0]) as env:
        env |= {"TORHAUS_TEST_LOOKS": "all", "TORHAUS_TEST_TOKENS": "1000000", "TORHAUS_TEST_KILLS": "1"}
        env |= {"TORHAUS_TEST_STEPS": "20000", "TORHAUS_TEST_EXAMPLES": "200"}
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, check=False
        )
    return done.returncode, time.monotonic() - started, done.stdout


@contextlib.contextmanager
def _environment(engine: str, program: str) -> Iterator[dict[str, str]]:
    """Give what a program runs with: no setting of ours, the database, and the server and templates of all proofs."""
    of_all = {servers.TEMPLATES_IN: os.environ[servers.TEMPLATES_IN]}
    if postgres.how():
        of_all["TORHAUS_TEST_DATABASE_URL"] = postgres.server_url()
    if program in IN_AN_INSTALLATION:
        with servers.installation(database=engine) as here:
            yield here.env | of_all
        return
    env = {key: value for key, value in os.environ.items() if not key.startswith("TORHAUS_")} | of_all
    if engine == "sqlite":
        yield env
        return
    url = postgres.new_database()
    yield env | {"TORHAUS_DATABASE_URL": url}
    postgres.drop_database(url)


def machine() -> str:
    """Give processors, memory, system and Python in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} processors, {memory:.0f} GiB, {system}"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
