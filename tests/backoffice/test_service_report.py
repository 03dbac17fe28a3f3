"""The service report: right numbers by month and package, in business time, on the page and as CSV."""

import csv
import io
import re
import statistics
import tracemalloc
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.support import desk
from torhaus.core import clock
from torhaus.journeys.answer_ticket import answer_ticket
from torhaus.journeys.merge_tickets import merge_tickets
from torhaus.support.business_hours import business_minutes_between
from torhaus.support.models import Ticket
from torhaus.support.queries import calendar_of
from torhaus.support.report import BusinessClock, last_months, percentile, report_across_customers
from torhaus.vendor.models import Vendor

MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=people.BERLIN)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=people.BERLIN)


def page(client) -> str:
    return client.get("/staff/service-report/").content.decode()


def rows_of(answer) -> list[list[str]]:
    """What stands in the lines of the first table."""
    body = answer.content.decode()
    lines = re.findall(r"<tr role=.row.><th role=.rowheader.(.*?)</tr>", body[: body.index("</table>")], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", f"<th {one}", re.DOTALL) for one in lines]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in line] for line in cells]


@pytest.fixture
def tickets(world):
    """Answered after one hour, after nine (a night between), never and overdue, not yet due; and one merged."""
    staff = people.staff("support", "sam@acme.example")
    for hours, body in ((1, "one"), (24, "nine")):
        one = desk.ask(world.contract, at=MONDAY, hours=4, subject=body)
        with clock.at(MONDAY + timedelta(hours=hours + (0 if hours == 1 else 1))):
            answer_ticket(ticket_ref=one.ref, body="x", seen=1, author=staff, by=people.SYSTEM)
    desk.ask(world.contract, at=MONDAY, hours=4, subject="late")
    desk.ask(world.contract, at=NOW, hours=4, subject="new")
    into = desk.ask(world.contract, at=datetime(2026, 10, 5, 9, 0, tzinfo=people.BERLIN), hours=None, subject="October")
    away = desk.ask(world.contract, at=MONDAY, subject="merged")
    merge_tickets(ticket_ref=away.ref, into_number=into.number, author=staff, by=people.SYSTEM)


def test_the_numbers_are_right(tickets, sign_in):
    with clock.at(NOW):
        client = sign_in("support")
        shown = client.get("/staff/service-report/")
        lines = list(
            csv.reader(io.StringIO(client.get("/staff/service-report/export.csv").content.decode("utf-8-sig")))
        )
    november, october = rows_of(shown)
    assert november == ["2026-11", "Basic", "4", "33 %", "1 h", "9 h", "2", "1"], "one of three in time"
    assert october == ["2026-10", "Basic", "1", "–", "–", "–", "1", "1"]
    assert lines[1] == ["2026-11", "Basic", "4", "33", "60", "540", "2", "1"]
    assert lines[2] == ["2026-10", "Basic", "1", "", "", "", "1", "1"], "it took over the clock of the merged one"


def test_nobody_asked_yet(world, sign_in):
    assert "No tickets in the last twelve months" in page(sign_in("support"))


def test_who_may_see_it(world, sign_in):
    for role, status in (("administrator", 200), ("support", 200), ("sales", 403), ("billing", 403)):
        client = sign_in(role)
        assert client.get("/staff/service-report/").status_code == status
        assert client.get("/staff/service-report/export.csv").status_code == status


def test_a_package_never_runs_in_a_spreadsheet(world, sign_in):
    ticket = desk.ask(world.contract)
    with scopes_disabled():
        Ticket.objects.filter(pk=ticket.pk).update(package="=1+1")
    assert "'=1+1" in sign_in("support").get("/staff/service-report/export.csv").content.decode()


def test_percentiles_are_those_of_the_values():
    values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]
    assert percentile(Counter(values), 50) == statistics.median_low(values)
    assert percentile(Counter(values), 90) == 6
    assert percentile(Counter(), 50) is None


def test_the_quick_clock_counts_as_the_slow_one():
    calendar = calendar_of(Vendor(time_zone="Europe/Berlin", holidays=["2026-10-03", "2026-12-25"]))
    begins = datetime(2026, 3, 1, tzinfo=people.BERLIN)
    quick = BusinessClock(calendar, begins, begins + timedelta(days=400))
    for step in range(0, 9000, 137):
        a, b = begins + timedelta(hours=step % 500, minutes=step % 59), begins + timedelta(hours=step)
        assert int(quick.between(a, b) // 60) == business_minutes_between(a, b, calendar)


def test_last_months_cross_years_and_short_months():
    months = last_months(date(2026, 3, 31))
    assert (str(months[0]), str(months[-1]), len(months)) == ("2025-04-01", "2026-03-01", 12)


def plant(contract, count: int) -> None:
    """So many tickets over a year, answered after spans that differ."""
    with scopes_disabled():
        Ticket.objects.bulk_create(
            (
                Ticket(
                    number=f"T-{number}",
                    contract=contract,
                    reason=("question", "malfunction", "licence")[number % 3],
                    package=("support-basic", "support-advanced")[number % 2],
                    response_hours=4,
                    subject="x",
                    mail="a@b.example",
                    language="de",
                    state="waiting",
                    opened_at=NOW - timedelta(minutes=5 * number),
                    answered_at=NOW - timedelta(minutes=5 * number) + timedelta(minutes=number % 997),
                    changed_at=NOW,
                )
                for number in range(count)
            ),
            batch_size=2000,
        )


def peak(months, calendar) -> tuple[int, object]:
    tracemalloc.start()
    report = report_across_customers(months, NOW, calendar)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return used, report


@pytest.mark.slow
def test_memory_does_not_grow_with_the_tickets(world):
    calendar, months = calendar_of(people.vendor()), last_months(NOW.date())
    plant(world.contract, 4_000)
    few, _report = peak(months, calendar)
    with scopes_disabled():
        Ticket.objects.all().delete()
    plant(world.contract, 20_000)
    many, report = peak(months, calendar)
    assert report.total.tickets == 20_000
    assert many < few * 2 + 1_000_000, (few, many)
