"""The command `torhaus import`: exit codes, JSON, the difference, and a kill in the middle."""

import json
import sqlite3
import time
from pathlib import Path

import psycopg
import pytest

from tests.journeys.vendor_files import FIRN, SMALL, VENDOR, write
from tests.processes import wait_for
from tests.servers import installation

pytestmark = pytest.mark.servers
COUNT = """
from django.apps import apps
with scopes_disabled():
    rooms = [m for m in apps.get_models() if m.__module__.startswith("torhaus.")]
    print(sum(model._base_manager.count() for model in rooms))
"""


def test_import_by_command_shows_then_does_then_finds_nothing(tmp_path):
    folder = write(tmp_path / "v")
    with installation() as here:
        dry = here.torhaus("import", str(folder), "--dry-run")
        assert "customers: new: 1, 2" in dry.stdout
        assert "Nothing was written" in dry.stdout
        assert here.python(COUNT).strip() == "0"
        assert "Imported." in here.torhaus("import", str(folder)).stdout
        assert "nothing to change" in here.torhaus("import", str(folder)).stdout
        write(folder, invoices_csv=SMALL["invoices.csv"].replace("50,00;paid", "55,00;paid"))
        assert "invoices: R-2: gross_cents: 5000 → 5500" in here.torhaus("import", str(folder), "--dry-run").stdout
        told = json.loads(here.torhaus("import", str(folder), str(FIRN), "--dry-run", "--json", check=False).stdout)
        assert told["errors"] == 1, "two vendors in one import"
        told = json.loads(here.torhaus("import", str(folder), "--json").stdout)
        assert (told["changed"], told["tables"]["invoices"]["changed"]) == (True, 1)


def test_exit_codes_and_where_errors_go(tmp_path):
    folder = write(tmp_path / "v", customers_csv="number;name\n1;\n2;\n")
    with installation() as here:
        bad = here.torhaus("import", str(folder), check=False)
        assert bad.returncode == 1
        assert bad.stdout == ""
        assert f"{folder}/customers.csv:2: customers.name: missing" in bad.stderr
        assert "2 errors; nothing was written" in bad.stderr
        told = json.loads(here.torhaus("import", str(folder), "--json", check=False).stdout)
        assert [(one["line"], one["field"]) for one in told["problems"]] == [(2, "name"), (3, "name")]
        for wrong in ("/no/such/folder", str(tmp_path), str(Path(__file__))):
            assert here.torhaus("import", wrong, check=False).returncode == 2
        assert here.torhaus("import", check=False).returncode == 2
        assert "torhaus import vendor/ --dry-run" in here.torhaus("import", "--help").stdout


BOOKINGS = """
from torhaus.subscriptions.models import Booking
with scopes_disabled():
    print(Booking.objects.filter(contract__number="V-1").count())
"""


def _changed(here, folder) -> None:
    """Import the small vendor's files and change one line of a contract in them."""
    here.torhaus("import", str(write(folder)))
    write(folder, contract_items_csv=SMALL["contract_items.csv"].replace("V-1;10;medium;1", "V-1;10;medium;2"))


def test_two_imports_at_once_book_once(tmp_path):
    folder = tmp_path / "v"
    with installation(database="sqlite") as here:
        _changed(here, folder)
        together = [here.start("import", str(folder), log=f"log-{number}.txt") for number in range(3)]
        assert [process.wait(timeout=60) for process in together] == [0] * 3
        assert here.python(BOOKINGS).strip() == "2"


@pytest.mark.postgres
def test_two_imports_that_compare_at_the_same_moment_book_once(tmp_path):
    folder = tmp_path / "v"
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with installation(database="postgresql") as here:
        _changed(here, folder)
        with psycopg.connect(here.env["TORHAUS_DATABASE_URL"]) as holder:
            # Whoever looks at the contract before locking it has now read what is about to be outdated.
            holder.execute("SELECT 1 FROM subscriptions_contract FOR UPDATE")
            together = [here.start("import", str(folder), log=f"log-{number}.txt") for number in range(2)]
            with psycopg.connect(here.env["TORHAUS_DATABASE_URL"], autocommit=True) as watch:
                wait_for(lambda: watch.execute(waiting).fetchone()[0] == 2, 60, "both imports to wait")
        assert [process.wait(timeout=60) for process in together] == [0, 0]
        assert here.python(BOOKINGS).strip() == "2"


def test_a_kill_in_the_middle_leaves_the_database_as_it_was(tmp_path):
    rows = range(4000)
    customers = "number;name\n" + "".join(f"{n};Firma {n}\n" for n in rows)
    contracts = "number;customer;product;kind;starts_on\n" + "".join(
        f"V-{n};{n};cmdb;perpetual;2020-01-01\n" for n in rows
    )
    files = {"vendor.toml": VENDOR, "customers.csv": customers, "contracts.csv": contracts}
    folder = write(tmp_path / "v", files)
    with installation(database="sqlite") as here:
        process = here.start("import", str(folder))
        _wait_until_it_writes(here.data_dir / "torhaus.sqlite3", process)
        process.kill()
        process.wait()
        assert here.python(COUNT).strip() == "0"
        assert "Imported." in here.torhaus("import", str(folder)).stdout


def _wait_until_it_writes(database, process) -> None:
    """Wait until another process holds the write lock and has had a moment to write."""
    end = time.monotonic() + 60
    connection = sqlite3.connect(database, timeout=0, isolation_level=None)
    while time.monotonic() < end and process.poll() is None:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            time.sleep(0.4)
            assert process.poll() is None, "it was done before it could be killed"
            return
        connection.execute("ROLLBACK")
        time.sleep(0.01)
    raise AssertionError("the import never began to write")
