"""What contracts say about maintenance, offline licences and grace comes with their file, and stays when left out."""

from datetime import date

import pytest
from django_scopes import scopes_disabled

from tests.journeys.vendor_files import CONTRACTS, VENDOR, errors, load, write
from torhaus.subscriptions.models import Contract
from torhaus.vendor.queries import the_vendor

pytestmark = pytest.mark.django_db
HEAD, *ROWS = CONTRACTS.splitlines()


def contracts(columns: str, *values: str) -> str:
    rows = [f"{row};{value}" for row, value in zip(ROWS, values, strict=True)]
    return "\n".join([f"{HEAD};{columns}", *rows]) + "\n"


def terms(number="V-1"):
    with scopes_disabled():
        found = Contract.objects.get(number=number)
    return found.maintenance_until, found.offline_days, found.grace_days


def test_they_are_read_and_kept_when_a_later_file_leaves_them_out(tmp_path):
    given = contracts("maintenance_until;offline_days;grace_days", "2028-02-29;90;0", ";;")
    load(write(tmp_path / "a", contracts_csv=given))
    assert terms() == (date(2028, 2, 29), 90, 0)
    assert terms("V-2") == (None, None, None)
    load(write(tmp_path / "b"))
    assert terms() == (date(2028, 2, 29), 90, 0)
    load(write(tmp_path / "c", contracts_csv=given.replace("90", "")))
    assert terms() == (date(2028, 2, 29), None, 0)


def test_the_vendors_grace(tmp_path):
    load(write(tmp_path / "a"))
    assert the_vendor().grace_days == 30
    load(write(tmp_path / "b", vendor_toml=VENDOR.replace('key = "acme"', 'key = "acme"\ngrace_days = 14', 1)))
    assert the_vendor().grace_days == 14


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("2028-02-30;;", "maintenance_until"),
        (";0;", "offline_days"),
        (";3661;", "offline_days"),
        (";;-1", "grace_days"),
        (";;9999999999", "grace_days"),
    ],
)
def test_nonsense_is_refused_with_the_column(tmp_path, values, said):
    found = errors(
        write(tmp_path / "a", contracts_csv=contracts("maintenance_until;offline_days;grace_days", values, ";;"))
    )
    assert len(found) == 1
    assert said in found[0]
