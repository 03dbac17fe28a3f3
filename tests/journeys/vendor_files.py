"""Vendors' files for the tests of the import, and what the database holds afterwards."""

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

from django.apps import apps
from django_scopes import scopes_disabled

from tests import people
from torhaus.journeys.import_data import ImportRefused, run_import
from torhaus.journeys.import_data.demo import demo_folder
from torhaus.records.models import Record

FIRN = Path(__file__).resolve().parent.parent / "vendors" / "firn"
TODAY = date(2026, 11, 22)
VENDOR = """
[vendor]
key = "acme"
name = "Acme"
legal_name = "Acme Software GmbH"
country = "DE"
mail = "hello@acme.example"
[[products]]
key = "cmdb"
name = "Acme CMDB"
[[meters]]
key = "objects"
name = "Objects"
[[plans]]
key = "medium"
name = "Medium"
product = "cmdb"
allowances = { objects = 5000 }
"""
CUSTOMERS = "number;name;language\n1;Nordwind;de\n2;Südwind;de\n"
CONTRACTS = """number;customer;product;kind;term_months;starts_on;ends_on;auto_renews
V-1;1;cmdb;subscription;12;2026-04-01;2027-03-31;yes
V-2;2;cmdb;subscription;12;2026-04-01;2027-03-31;yes
"""
ITEMS = "contract;line;item;quantity;active_from;until\nV-1;10;medium;1;2026-04-01;\nV-2;10;medium;1;2026-04-01;\n"
INVOICES = "number;customer;issued_on;gross;status\nR-1;1;2026-04-01;100.00;open\nR-2;2;2026-04-01;50,00;paid\n"
SMALL = {
    "vendor.toml": VENDOR,
    "customers.csv": CUSTOMERS,
    "contracts.csv": CONTRACTS,
    "contract_items.csv": ITEMS,
    "invoices.csv": INVOICES,
}


def write(folder: Path, files: dict[str, str | bytes] | None = None, **more: str | bytes) -> Path:
    """Write files into a folder: the small vendor's unless others are given; ``customers_csv=`` replaces one."""
    folder.mkdir(exist_ok=True)
    chosen = dict(SMALL if files is None else files)
    chosen |= {name.replace("_csv", ".csv").replace("_toml", ".toml"): text for name, text in more.items()}
    for name, text in chosen.items():
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def load(*paths: Path, dry_run: bool = False):
    """Import files."""
    return run_import(list(paths), by=people.SYSTEM, dry_run=dry_run)


def errors(*paths: Path) -> list[str]:
    """Give what is wrong with files, as lines without the folder."""
    try:
        load(*paths)
    except ImportRefused as refused:
        return [f"{Path(one.file).name}{str(one)[len(one.file) :]}" for one in refused.problems.kept]
    return []


def digest() -> str:
    """Give one digest over all rows of all tables."""
    whole = hashlib.sha256()
    with scopes_disabled():
        for model in apps.get_models():
            whole.update(repr((model._meta.label, list(model._base_manager.order_by("pk").values_list()))).encode())
    return whole.hexdigest()


def deeds() -> Counter:
    """Give how many records of each deed there are."""
    with scopes_disabled():
        return Counter(Record.objects.values_list("deed", flat=True))


def demo(folder: Path) -> Path:
    """Give the demo's files as of TODAY."""
    return demo_folder(TODAY, folder)
