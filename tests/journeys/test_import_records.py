"""Only imports, and the erasure of a person, write more records than their deed's own, and only inside a deed."""

from pathlib import Path

import pytest

import torhaus
from tests import people
from torhaus.records.deeds import CustomerRecord, DeedError, write_customer_records

PACKAGE = Path(torhaus.__file__).parent


def test_only_imports_write_records_beside_their_own():
    users = [path for path in PACKAGE.rglob("*.py") if "write_customer_records" in path.read_text("utf-8")]
    assert sorted(str(path.relative_to(PACKAGE)) for path in users) == [
        "journeys/erase_person/deed.py",  # of the seats whose holder is forgotten: products have to hear of each
        "journeys/import_data/deed.py",
        "records/deeds.py",
        "seats/add_seats.py",
    ]


def test_no_record_for_customers_outside_a_deed():
    with pytest.raises(DeedError):
        write_customer_records(by=people.SYSTEM, entries=[CustomerRecord("import_customer", "x", ("", ""), {})])
