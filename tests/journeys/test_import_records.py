"""Only the import writes records for many customers at once, and only inside a deed."""

from pathlib import Path

import pytest

import torhaus
from tests import people
from torhaus.records.deeds import CustomerRecord, DeedError, write_customer_records

PACKAGE = Path(torhaus.__file__).parent


def test_only_the_import_writes_records_for_many_customers():
    users = [path for path in PACKAGE.rglob("*.py") if "write_customer_records" in path.read_text("utf-8")]
    assert sorted(str(path.relative_to(PACKAGE)) for path in users) == [
        "journeys/import_data/deed.py",
        "records/deeds.py",
    ]


def test_no_record_for_customers_outside_a_deed():
    with pytest.raises(DeedError):
        write_customer_records(by=people.SYSTEM, entries=[CustomerRecord("import_customer", "x", ("", ""), {})])
