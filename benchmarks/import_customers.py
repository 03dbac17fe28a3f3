"""Imports many customers with contracts and items by the real command, and prints rows per second and peak memory.

    python benchmarks/import_customers.py 100000
    python benchmarks/import_customers.py 100000 import again

Runs on SQLite in a folder of its own; with TORHAUS_DATABASE_URL on that PostgreSQL database, which must be empty.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

VENDOR = """
[vendor]
key = "bench"
name = "Bench"
legal_name = "Bench Software GmbH"
country = "DE"
mail = "hello@bench.example"
[[products]]
key = "bench"
name = "Bench"
[[meters]]
key = "objects"
name = "Objects"
[[plans]]
key = "medium"
name = "Medium"
product = "bench"
allowances = { objects = 5000 }
[[support_packages]]
key = "basic"
name = "Basic"
response_hours = 24
"""


def write_files(folder: Path, customers: int) -> int:
    """Write a vendor with ``customers`` customers, each with address, contract and two items; give the rows."""
    (folder / "vendor.toml").write_text(VENDOR, "utf-8")
    first = date(2024, 1, 1)
    with (
        (folder / "customers.csv").open("w", encoding="utf-8") as of_customers,
        (folder / "addresses.csv").open("w", encoding="utf-8") as of_addresses,
        (folder / "contracts.csv").open("w", encoding="utf-8") as of_contracts,
        (folder / "contract_items.csv").open("w", encoding="utf-8") as of_items,
    ):
        of_customers.write("number;name;language;payment_method;invoice_mail\n")
        of_addresses.write("customer;kind;recipient;street;postal_code;city;country\n")
        of_contracts.write("number;customer;product;kind;term_months;starts_on;ends_on;auto_renews;notice_days\n")
        of_items.write("contract;line;item;quantity;active_from\n")
        for number in range(1, customers + 1):
            starts = first + timedelta(days=number % 700)
            ends = starts + timedelta(days=364)
            name = f"Prüfstand {number} GmbH"
            of_customers.write(f"{number};{name};de;bank_transfer;rechnung@kunde{number}.example\n")
            of_addresses.write(f"{number};billing;{name};Hauptstraße {number % 200};{10000 + number % 80000};Köln;DE\n")
            of_contracts.write(f"V-{number};{number};bench;subscription;12;{starts};{ends};yes;30\n")
            of_items.write(f"V-{number};10;medium;{1 + number % 3};{starts}\nV-{number};20;basic;1;{starts}\n")
    return 5 * customers


def run(command: list[str], environment: dict[str, str]) -> tuple[float, float, int]:
    """Run a command; give its seconds, those of processor time, and its peak memory in MiB.

    Of the memory the process's own part counts: pages of the database file that SQLite maps belong to the system.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak, done = 0, 0
    while not done:
        peak = max(peak, own_memory(process.pid))
        time.sleep(0.1)
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, peak


def own_memory(pid: int) -> int:
    """Give the anonymous resident memory of a process in MiB (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("RssAnon")), 0)


STEPS = {"dry-run": ["--dry-run"], "import": [], "again": []}


def main(customers: int, steps: list[str]) -> None:
    """Show what an import would do, do it, do the same again (or only some of it), and say how it went."""
    torhaus = str(Path(sys.executable).parent / "torhaus")
    with tempfile.TemporaryDirectory(prefix="torhaus-bench-") as name:
        folder = Path(name) / "files"
        folder.mkdir()
        rows = write_files(folder, customers)
        environment = os.environ | {"TORHAUS_DATA_DIR": str(Path(name) / "data"), "TORHAUS_SECRET_KEY": "bench" * 12}
        environment["TORHAUS_CONFIG"] = str(Path(name) / "torhaus.toml")
        (Path(name) / "torhaus.toml").touch()
        (Path(name) / "data").mkdir()
        migrate = "import django; django.setup(); from django.core.management import call_command as c; c('migrate', verbosity=0)"
        run(
            [sys.executable, "-c", migrate],
            environment | {"DJANGO_SETTINGS_MODULE": "torhaus.config.settings"},
        )
        database = "PostgreSQL" if os.environ.get("TORHAUS_DATABASE_URL") else "SQLite"
        for step in steps:
            seconds, busy, memory = run([torhaus, "import", str(folder), *STEPS[step]], environment)
            print(
                f"{database}: {customers:,} customers, {step}: {seconds:.1f} s ({busy:.1f} s processor), "
                f"{rows / seconds:,.0f} rows/s, peak {memory} MiB",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2:] or list(STEPS))
