import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import people
from tests.web.test_invoices import of_each_state
from tests.web.visitors import signed_in

pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def contract(db):
    people.vendor()
    return people.contract(people.customer())


def exported(contract, language="en", query="") -> tuple[str, list[list[str]]]:
    answer = signed_in(contract, language).get("/invoices/export.csv" + query)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    raw = b"".join(answer.streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    return answer.headers["Content-Disposition"], list(
        csv.reader(io.StringIO(text), delimiter=";" if language == "de" else ",")
    )


def test_csv_holds_the_filtered_rows_in_the_language(contract):
    of_each_state(contract)
    name, rows = exported(contract, query="?status=unpaid&sort=number")
    assert name == 'attachment; filename="invoices-10482.csv"'
    assert rows[0][:5] == ["Number", "Issued", "Due", "Paid on", "Status"]
    assert [row[0] for row in rows[1:]] == ["RG-late", "RG-open"]
    assert rows[1] == ["RG-late", "2026-01-01", "2026-01-15", "", "Overdue", "EUR", "1656.00", "314.64", "50.00", ""]
    name, rows = exported(contract, "de", "?status=overdue")
    assert name == 'attachment; filename="rechnungen-10482.csv"'
    assert rows[0][:5] == ["Nummer", "Ausgestellt", "Fällig", "Bezahlt am", "Status"]
    assert rows[1][4:9] == ["Überfällig", "EUR", "1656,00", "314,64", "50,00"]


@pytest.mark.parametrize("number", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=cmd|" /C calc"!A0'])
def test_csv_never_holds_a_formula(contract, number):
    people.invoice(contract.customer, number)
    _name, rows = exported(contract)
    assert rows[1][0].startswith("'")
    assert rows[1][0][1:] == number


def test_csv_is_streamed_in_few_queries(contract):
    for n in range(300):
        people.invoice(contract.customer, f"RG-{n}")
    client = signed_in(contract)
    client.get("/invoices/")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/invoices/export.csv")
        assert answer.streaming
        assert sum(1 for _ in answer.streaming_content) == 301
    assert len(queries) <= 6
