"""Run the tests this machine can run and name what was left out; --all leaves nothing out.

``python -m scripts.run_tests [--unit | --all] [pytest arguments]``
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import postgres, servers
from tests.chromium import browser_path
from tests.faketime import faketime_path

ROOT = Path(__file__).resolve().parent.parent
UNIT = "not slow and not browser and not postgres and not database"
# What `make check` runs anyway need not be waited for twice.
NO_HOUSE = "--ignore=tests/house"
ON_BOTH = "not once and (database or postgres)"
# What the programs of docs/verify-licence.md run on, with the Debian package of each.
VERIFIERS = {
    "openssl": "openssl",
    "node": "nodejs",
    "javac": "default-jdk-headless",
    "php": "php-cli",
    "go": "golang-go",
}
# Of what a browser shows, this depends on two threads and a worker at one database.
BROWSER_ON_BOTH = {"test_from_release_to_answer.py", "test_releases.py", "test_account.py"}
# What the SDK's tests ask of a portal does not depend on its database, but for these.
SDK_ON_BOTH = {"test_client_served.py", "test_client_usage.py", "test_from_import_to_renewal.py"}
# Commands do on both databases what deeds do, but for what reads, counts or migrates all of a database.
CONSOLE_ON_BOTH = {"test_check.py", "test_import.py", "test_init.py", "test_issue_token.py"}
# Words, days, headers and files of pages, of which no database makes a difference. Each page of a customer is opened on
# both by the sweep.
WEB_ONCE = {
    "test_add_on_downloads.py",
    "test_bound_offline_licence.py",
    "test_contract_days.py",
    "test_downloads.py",
    "test_education_prices.py",
    "test_errors.py",
    "test_frame.py",
    "test_headers.py",
    "test_help.py",
    "test_invoices_pdf.py",
    "test_licence_card.py",
    "test_names.py",
    "test_offline_licence.py",
    "test_second_vendor.py",
    "test_second_vendors_account.py",
    "test_signed_key_sets.py",
    "test_verify_downloads.py",
}


@dataclass(frozen=True)
class Run:
    """One run of pytest: what it is called, what it selects, the environment it has, and further arguments."""

    name: str
    marks: str
    env: dict[str, str]
    words: Sequence[str] = ()


def main(words: list[str]) -> int:
    """Give the exit code: 0 when every run passed, 1 otherwise, 2 when --all cannot be had."""
    every, unit = "--all" in words, "--unit" in words
    rest = [word for word in words if word not in {"--all", "--unit"}]
    left_out = {} if unit else missing()
    if every and left_out:
        for name, why in left_out.items():
            print(f"make test-all needs {name}: {why}", file=sys.stderr)
        return 2
    with servers.shared_templates() as shared:
        runs = planned(every=every, unit=unit, left_out=left_out)
        results = [(run.name, *_pytest(run, rest, shared)) for run in runs]
    print("\nSummary")
    for name, code, seconds, closing in results:
        print(f"  {'passed' if code == 0 else 'FAILED'}  {name} ({seconds:.0f} s): {closing}")
    for name, why in left_out.items():
        print(f"  left out  {name}: {why}")
    print("  left out  the rules of the house: `make check` keeps them")
    if not unit and not every:
        print("  left out  the whole suite a second time, on PostgreSQL: `make test-all` does that")
    return int(any(code for _, code, _, _ in results))


def missing() -> dict[str, str]:
    """Give what cannot be tested here, and why."""
    found = {}
    if not browser_path():
        found["browser tests"] = "no Chromium found (Debian: apt install chromium-headless-shell)"
    if not postgres.how():
        found["PostgreSQL tests"] = "no PostgreSQL found (Debian: apt install postgresql)"
    if not shutil.which("minisign"):
        found["signatures by minisign itself"] = "no minisign found (Debian: apt install minisign)"
    if not faketime_path():
        found["a system clock set back"] = "no libfaketime found (Debian: apt install faketime)"
    if not shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        found["sending by nginx"] = "no nginx found (Debian: apt install nginx-light)"
    if tools := [name for name in ("curl", "jq") if not shutil.which(name)]:
        found["the commands of the documents"] = f"no {' and '.join(tools)} found (Debian: apt install curl jq)"
    absent = {program: package for program, package in VERIFIERS.items() if not shutil.which(program)}
    if absent:
        names, packages = ", ".join(absent), " ".join(absent.values())
        found["licences verified in other languages"] = f"no {names} found (Debian: apt install {packages})"
    return found


def planned(*, every: bool, unit: bool, left_out: dict[str, str]) -> list[Run]:
    """Give the runs of pytest that are wanted."""
    if unit:
        return [Run("what asks no database", UNIT, {}, [NO_HOUSE])]
    marks = []
    env = {"TORHAUS_TEST_ALL": "1"} if every else {}
    if "browser tests" in left_out:
        marks.append("not browser")
    if "PostgreSQL tests" in left_out:
        marks.append("not postgres")
    else:
        # One server for all worker processes.
        env["TORHAUS_TEST_DATABASE_URL"] = postgres.server_url()
        print(f"PostgreSQL: {postgres.how()}")
    runs = [Run("everything on SQLite", " and ".join(marks), env, [NO_HOUSE])]
    if every:
        whole = env | {"TORHAUS_DATABASE_URL": postgres.new_database()}
        runs.append(Run("on PostgreSQL what a database can change", ON_BOTH, whole, list(_without_database())))
    return runs


def _without_database() -> Iterator[str]:
    """Give the arguments that leave out what no database can change: looks of pages, sent bytes, what asks by HTTP."""
    yield NO_HOUSE
    yield from ("--ignore=tests/sending", "--ignore=tests/examples")
    for folder, both in (("browser", BROWSER_ON_BOTH), ("sdk", SDK_ON_BOTH), ("console", CONSOLE_ON_BOTH)):
        for path in sorted((ROOT / "tests" / folder).glob("test_*.py")):
            if path.name not in both:
                yield f"--ignore={path.relative_to(ROOT)}"
    yield from (f"--ignore=tests/web/{name}" for name in sorted(WEB_ONCE))


def _pytest(run: Run, rest: list[str], shared: dict[str, str]) -> tuple[int, float, str]:
    # No more than there are processors, though many tests wait: some compare times, which others would disturb.
    processes = str(min(os.cpu_count() or 1, 4))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        processes,
        "--dist",
        "loadgroup",
        "--durations",
        "20",
        *run.words,
        *rest,
    ]
    if run.marks:
        command += ["-m", run.marks]
    print(f"\n{run.name}\n{'-' * len(run.name)}", flush=True)
    started = time.monotonic()
    env = {key: value for key, value in os.environ.items() if not key.startswith("TORHAUS_")} | shared | run.env
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        closing = ""
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            closing = line.strip() or closing
    return process.returncode, time.monotonic() - started, closing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
