"""Only deeds about many, or about one in many places, write more records than their deed's own, and only inside a deed."""

from pathlib import Path

import pytest

import torhaus
from tests import people
from torhaus.records.deeds import CustomerRecord, DeedError, write_customer_records

PACKAGE = Path(torhaus.__file__).parent


def test_few_deeds_write_records_beside_their_own():
    users = [path for path in PACKAGE.rglob("*.py") if "write_customer_records" in path.read_text("utf-8")]
    assert sorted(str(path.relative_to(PACKAGE)) for path in users) == [
        "journeys/change_mail.py",
        "journeys/erase_person/deed.py",
        "journeys/import_data/deed.py",
        "journeys/invite_members.py",
        "journeys/sign_in_person.py",
        "records/deeds.py",
        "seats/add_seats.py",
    ]


def test_no_record_for_customers_outside_a_deed():
    with pytest.raises(DeedError):
        write_customer_records(by=people.SYSTEM, entries=[CustomerRecord("import_customer", "x", ("", ""), {})])
