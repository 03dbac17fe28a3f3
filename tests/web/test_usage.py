"""The usage page: each meter booked, used and free, its months with their table, and which installation uses what."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.usage.readings import installation, metered, report, said
from tests.web.visitors import card, signed_in, words
from torhaus.core import clock
from torhaus.licensing.models import ContractPolicy
from torhaus.usage.models import Reading, Report

pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def contract(db):
    return metered()


def test_each_meter_shows_booked_used_and_free(contract):
    calls = people.meter("calls", kind="counter", name={"en": "Calls", "de": "Abrufe"})
    people.allowance(people.item(), 100, meter=calls, per_unit=False)
    one = installation(contract, "main").ref
    report(contract, said(4640), said(30, "calls"), source=one)
    answer = signed_in(contract).get("/usage/")
    objects = card(answer, "meter-objects")
    assert "92 % used Used 4,640 Booked 5,000 Free 360 Last reported 2026-11-22" in objects
    assert "main 4,640 2026-11-22" in objects
    assert "Used since 2026-11-01 30 Booked 100 Free 70" in card(answer, "meter-calls")
    german = card(signed_in(contract, "de").get("/usage/"), "meter-calls")
    assert "Genutzt seit 01.11.2026 30 Gebucht 100 Frei 70" in german


@pytest.mark.parametrize(
    ("used", "expected"),
    [(3999, "Enough free"), (4000, "80 % used"), (4999, "99 % used"), (5000, "Used up"), (5001, "Exceeded")],
)
def test_the_tone_is_a_word(contract, used, expected):
    report(contract, said(used))
    assert expected in card(signed_in(contract).get("/usage/"), "meter-objects")


def test_a_counter_of_last_month_is_at_nothing(contract):
    people.meter("calls", kind="counter", name={"en": "Calls"})
    report(contract, said(30, "calls"))
    with clock.at(datetime(2026, 12, 1, 12, tzinfo=UTC)):
        shown = card(signed_in(contract).get("/usage/"), "meter-calls")
    assert "Used since 2026-12-01 0 Booked No limit agreed Last reported 2026-11-22" in shown
    assert "By installation" not in shown


def test_the_chart_has_its_table(contract):
    for month in range(1, 12):
        people.reading(contract, date(2026, month, 28), month * 100)
    with clock.at(datetime(2026, 11, 28, 12, tzinfo=UTC)):
        answer = signed_in(contract).get("/usage/")
    shown = card(answer, "meter-objects")
    assert "Month Objects 01/26 100 02/26 200" in shown
    assert "Objects: 100 in 01/26, 1,100 in 11/26; the allowance is 5,000." in answer.content.decode()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, "your product may only allow reading"),
        ({"overage": "report"}, "your product goes on working"),
        ({"overage": "percent", "overage_percent": 10}, "Up to 5,500 are tolerated."),
    ],
)
def test_what_happens_beyond_the_allowance_stands_there(contract, policy, expected):
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, **policy)
    assert expected in card(signed_in(contract).get("/usage/"), "meter-objects")


def test_without_anything_metered_the_page_says_so(db):
    people.vendor()
    bare = people.contract(people.customer())
    assert "Nothing is metered" in words(signed_in(bare).get("/usage/"))


def test_the_days_come_as_csv(contract):
    people.meter("evil", name={"en": "=cmd()", "de": "=cmd()"})
    report(contract, said(5), said(7, "evil"))
    answer = signed_in(contract).get("/usage/export.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="usage-V-2026-001.csv"'
    text = b"".join(answer.streaming_content).decode()
    assert text == "\ufeffDay,Meter,Unit,Used\r\n2026-11-22,'=cmd(),,7\r\n2026-11-22,Objects,,5\r\n"
    german = b"".join(signed_in(contract, "de").get("/usage/export.csv").streaming_content).decode()
    assert german.startswith("\ufeffTag;Zähler;Einheit;Genutzt")


def test_the_dashboard_leads_there_when_an_allowance_runs_short(contract):
    report(contract, said(5120))
    client = signed_in(contract)
    body = client.get("/dashboard/").content.decode()
    todo = card(client.get("/dashboard/"), "todo")
    assert "Objects: 120 more than your subscription allows 5,120 of 5,000" in todo
    assert 'href="/usage/"' in body
    assert "Usage came near to an allowance or passed it" in words(client.get("/dashboard/"))


@pytest.mark.slow
def test_a_million_reports_cost_no_query_more(contract):
    one = installation(contract, "main").ref
    report(contract, said(4640), source=one)
    client = signed_in(contract)
    client.get("/usage/")
    meter, now = people.meter(), clock.now()
    with scopes_disabled():
        Report.objects.bulk_create(
            Report(
                contract=contract,
                meter=meter,
                source=f"s{n % 100}",
                reading_id=str(n),
                quantity=1,
                at=now - timedelta(minutes=n),
                received_at=now,
            )
            for n in range(1000)
        )
        with connection.cursor() as cursor:
            for turn in range(10):  # 1,000 rows doubled ten times
                cursor.execute(
                    "INSERT INTO usage_report (contract_id, meter_id, source, reading_id, quantity, at, received_at)"
                    " SELECT contract_id, meter_id, source, reading_id || %s || id, quantity, at, received_at"
                    " FROM usage_report",
                    ["abcdefghij"[turn]],
                )
        assert Report.objects.count() > 1_000_000
        Reading.objects.bulk_create(
            Reading(contract=contract, meter=meter, on=date(2025, 12, 1) + timedelta(days=n), quantity=n, reported=True)
            for n in range(350)
        )
    with CaptureQueriesContext(connection) as found:
        assert client.get("/usage/").status_code == 200
    assert len(found) <= 12, len(found)
    assert sum(float(query["time"]) for query in found) < 0.5
    with CaptureQueriesContext(connection) as reported:
        report(contract, said(4641), source=one)
    assert sum(float(query["time"]) for query in reported) < 0.5
