"""What a vendor's files say about its support: business hours, holidays, reasons."""

import pytest

from tests.journeys import vendor_files
from tests.journeys.vendor_files import FIRN, digest, errors, load, write
from torhaus.support.queries import calendar_of
from torhaus.support.reasons import USUAL, reasons_of
from torhaus.vendor.queries import the_vendor

pytestmark = pytest.mark.django_db


def vendor_with(line: str) -> str:
    return vendor_files.VENDOR.replace('name = "Acme"\n', f'name = "Acme"\n{line}\n', 1)


def test_the_second_vendor_has_hours_holidays_and_reasons_of_its_own():
    load(FIRN)
    vendor = the_vendor()
    assert vendor.business_hours == {
        "mon": [["08:00", "12:00"], ["13:00", "17:30"]],
        "tue": [["08:00", "12:00"]],
        "sat": [["09:00", "11:00"]],
    }
    assert vendor.holidays == ["2026-01-02", "2026-12-25"]
    assert [(reason.key, reason.name["de"]) for reason in reasons_of(vendor.support_reasons)] == [
        ("rueckfrage", "Rückfrage"),
        ("ausfall", "Ausfall"),
    ]
    before = digest()
    load(FIRN)
    assert digest() == before


def test_a_vendor_that_says_nothing_works_in_office_hours_and_keeps_what_it_said_before(tmp_path):
    folder = write(tmp_path / "v")
    load(folder)
    assert the_vendor().business_hours["fri"] == [["09:00", "17:00"]]
    assert reasons_of(the_vendor().support_reasons) == USUAL
    load(write(folder, vendor_toml=vendor_with('business_hours = { mon = [["07:00", "08:00"]] }')))
    load(write(folder))
    assert the_vendor().business_hours == {"mon": [["07:00", "08:00"]]}
    load(write(folder, vendor_toml=vendor_with("business_hours = {}")))
    assert calendar_of(the_vendor()).always


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('business_hours = { mo = "09:00-17:00" }', "expected mon, tue, wed, thu, fri, sat or sun, found 'mo'"),
        ('business_hours = { mon = "9-17" }', "mon: expected a span such as 09:00-17:00, found '9-17'"),
        ('business_hours = { mon = "17:00-09:00" }', "mon: expected a span such as 09:00-17:00, found '17:00-09:00'"),
        ('business_hours = { mon = ["08:00-12:00", "11:00-13:00"] }', "mon: expected spans one after the other, found two that overlap"),
        ("business_hours = { mon = 9 }", "mon: expected spans such as 09:00-17:00, found '9'"),
        ('business_hours = "always"', 'expected hours by day, e.g. { mon = "09:00-17:00" }'),
        ('holidays = ["christmas"]', "expected a day such as 2026-04-01, found 'christmas'"),
        ("holidays = 3", "expected a list of days, found '3'"),
        ('support_reasons = { "a b" = "x" }', "expected a key of letters, digits, - and _ (e.g. medium-2026), found 'a b'"),
        ("support_reasons = { a = {} }", "a: expected a name, found nothing"),
        ("support_reasons = 3", 'expected names by key, e.g. { question = { de = "Frage", en = "Question" } }'),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_line(tmp_path, line, message):
    name = line.split(" ")[0]
    assert errors(write(tmp_path / "v", vendor_toml=vendor_with(line))) == [f"vendor.toml:5: vendor.{name}: {message}"]
