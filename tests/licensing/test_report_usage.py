"""Usage readings: gauges and counters, late and repeated ones, all or nothing, and what they change at once."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from tests import people, processes
from tests.backoffice.conftest import records
from tests.usage.readings import days, installation, metered, report, said
from torhaus.core import clock
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.report_usage import (
    KindMismatch,
    ReadingConflict,
    ReadingInFuture,
    ReadingTooLarge,
    ReadingTooOld,
    SourceRemoved,
    UnknownContract,
    UnknownMeter,
    UnknownSource,
    report_usage,
)
from torhaus.records.deeds import deed, nothing_done
from torhaus.subscriptions.models import Contract
from torhaus.usage.imports import put_readings
from torhaus.usage.models import Level, Reading, Report
from torhaus.usage.report import forget_source, purge_old_reports

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
TODAY = people.NOON.date()
DAY = timedelta(days=1)


@pytest.fixture
def contract(db):
    return metered()


@deed("forget_for_test")
def forget(contract, source):
    forget_source(contract_id=contract.pk, source=source)
    nothing_done()


def test_gauges_of_all_installations_add_up(contract):
    one, two = installation(contract).ref, installation(contract).ref
    report(contract, said(100), source=one)
    reply = report(contract, said(40), source=two)
    assert days(contract) == {TODAY: 140}
    assert (reply.accepted, reply.repeated) == (1, 0)
    state = reply.meters["objects"]
    assert (state.used, state.max, state.free, state.state) == (140, 5000, 4860, "fine")
    report(contract, said(10), source=one)
    assert days(contract) == {TODAY: 50}


@pytest.mark.parametrize(
    ("used", "state", "free"), [(3999, "fine", 1001), (4000, "near", 1000), (4500, "warn", 500), (5001, "over", 0)]
)
def test_the_reply_says_how_a_meter_stands(contract, used, state, free):
    found = report(contract, said(used)).meters["objects"]
    assert (found.state, found.free) == (state, free)


def test_without_an_allowance_there_is_no_maximum(contract):
    people.meter("storage")
    found = report(contract, said(7, "storage")).meters["storage"]
    assert (found.used, found.max, found.free, found.state) == (7, None, None, "fine")


def test_the_same_reading_twice_counts_once_and_another_with_its_id_is_a_conflict(contract):
    counter = people.meter("calls", kind="counter")
    first = said(5, "calls", id="a")
    report(contract, first)
    reply = report(contract, first)
    assert (reply.accepted, reply.repeated) == (0, 1)
    assert reply.meters["calls"].used == 5
    assert days(contract, counter.key) == {TODAY: 5}
    for other in (said(6, "calls", id="a"), said(5, id="a"), said(5, "calls", id="a", ago=DAY)):
        with pytest.raises(ReadingConflict):
            report(contract, other)
    with pytest.raises(ReadingConflict):
        report(contract, said(1, id="b"), said(2, id="b"))
    reply = report(contract, said(1, id="c"), said(1, id="c"))
    assert (reply.accepted, reply.repeated) == (1, 1)
    assert days(contract) == {TODAY: 1}


def test_each_installation_has_ids_of_its_own(contract):
    one, two = installation(contract).ref, installation(contract).ref
    report(contract, said(1, id="1"), source=one)
    assert report(contract, said(2, id="1"), source=two).accepted == 1
    assert days(contract) == {TODAY: 3}


def test_a_counter_begins_anew_with_the_vendors_month(contract):
    people.meter("calls", kind="counter")
    # 23:30 and 00:30 in Berlin, both still 31 October or 1 November in UTC.
    with clock.at(datetime(2026, 10, 31, 22, 30, tzinfo=UTC)):
        report(contract, said(5, "calls"))
    with clock.at(datetime(2026, 10, 31, 23, 30, tzinfo=UTC)):
        report(contract, said(3, "calls"))
    report(contract, said(2, "calls"))
    assert days(contract, "calls") == {date(2026, 10, 31): 5, date(2026, 11, 1): 3, TODAY: 5}
    report(contract, said(10, "calls", ago=22 * DAY))
    assert days(contract, "calls") == {date(2026, 10, 31): 15, date(2026, 11, 1): 3, TODAY: 5}


def test_a_late_reading_corrects_its_day_and_those_that_carry_it(contract):
    one, two = installation(contract).ref, installation(contract).ref
    report(contract, said(100, ago=10 * DAY), source=one)
    report(contract, said(1, ago=8 * DAY), source=two)
    report(contract, said(50, ago=4 * DAY), source=one)
    report(contract, said(2), source=two)
    report(contract, said(70, ago=9 * DAY), source=one)
    assert list(days(contract).values()) == [100, 70, 71, 51, 52]
    # An older one of a day that has a later one changes nothing.
    report(contract, said(999, ago=9 * DAY + timedelta(minutes=1)), source=one)
    assert list(days(contract).values()) == [100, 70, 71, 51, 52]


def test_readings_too_old_or_to_come_are_refused_and_nothing_is_kept(contract):
    hour = timedelta(hours=1)
    for wrong, error in (
        (said(1, ago=31 * DAY + hour), ReadingTooOld),
        (said(1, ago=-hour * 2), ReadingInFuture),
        (said(1, "nothing"), UnknownMeter),
        (said(1, kind="counter"), KindMismatch),
        (said(2**63), ReadingTooLarge),
    ):
        with pytest.raises(error) as refused:
            report(contract, said(5), wrong)
        assert refused.value.reading == wrong.id
    with scopes_disabled():
        assert not Report.objects.exists()
        assert not Reading.objects.exists()
    report(contract, said(1, ago=31 * DAY), said(2, ago=-timedelta(minutes=59)))
    assert days(contract) == {TODAY - 31 * DAY: 1, TODAY: 2}


def test_what_cannot_be_counted_is_refused(contract):
    people.meter("calls", kind="counter")
    report(contract, said(2**61, "calls"))
    report(contract, said(2**61, "calls"))
    with pytest.raises(ReadingTooLarge):
        report(contract, said(1, "calls"))
    assert days(contract, "calls") == {TODAY: 2**62}


def test_R70_sources_of_others_are_unknown(contract):
    other = metered(number="V-9")
    for ref in (installation(other).ref, "x" * 5000, "é", "nope"):
        with pytest.raises(UnknownSource):
            report(contract, said(1), source=ref)
    with pytest.raises(UnknownContract):
        report_usage(contract_ref="nope", source="", readings=[said(1)], by=people.SYSTEM)
    with pytest.raises(SourceRemoved):
        report(contract, said(1), source=installation(contract, removed_at=clock.now(), removed_by="customer").ref)


def test_a_removed_installation_counts_no_more_from_then_on(contract):
    people.meter("calls", kind="counter")
    one, two = installation(contract).ref, installation(contract).ref
    report(contract, said(100, ago=5 * DAY), said(3, "calls", ago=5 * DAY), source=one)
    report(contract, said(40, ago=3 * DAY), source=two)
    forget(contract, one)
    assert list(days(contract).values()) == [100, 140, 40]
    assert list(days(contract, "calls").values()) == [3]
    report(contract, said(30, ago=4 * DAY), source=two)
    assert list(days(contract).values()) == [100, 130, 140, 40]
    forget(contract, one)
    assert list(days(contract).values()) == [100, 130, 140, 40]


def test_the_kept_licence_knows_the_usage_at_once(contract):
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        kept_licence(contract, contract.product)
        report(contract, said(4711))
        row = kept_licence(contract, contract.product)
        derived = row.derived_at
        assert json.loads(row.used) == {"objects": 4711}
        assert row.contract_revision == Contract.objects.get(pk=contract.pk).revision
    with clock.shifted(timedelta(minutes=5)):
        people.meter("calls", kind="counter")
        report(contract, said(5, "calls"))
        with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
            with CaptureQueriesContext(connection) as asked:
                row = kept_licence(contract, contract.product)
            assert not [one for one in asked if one["sql"].startswith("UPDATE")]  # nothing was to be derived
            assert row.derived_at - derived >= timedelta(minutes=5)
            assert json.loads(row.used) == {"calls": 5, "objects": 4711}
    with clock.shifted(9 * DAY), scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        assert json.loads(kept_licence(contract, contract.product).used) == {"calls": 0, "objects": 4711}


def test_only_a_threshold_leaves_a_record(contract):
    report(contract, said(3000))
    assert records("report_usage") == []
    one = installation(contract).ref
    report(contract, said(1500), source=one)
    [record] = records("report_usage")
    assert record.customer_ref == contract.customer.ref
    assert record.after == {
        "contract": contract.number,
        "installation": one,
        "passed": {"objects": {"percent": 90, "used": 4500, "of": 5000}},
    }


def test_old_reports_go_and_no_reading_changes(contract):
    people.meter("calls", kind="counter")
    one, two = installation(contract).ref, installation(contract).ref
    with clock.shifted(-100 * DAY):
        report(contract, said(10), said(1, "calls"), source=one)
        report(contract, said(10), source=two)
    with clock.shifted(-90 * DAY):
        report(contract, said(20), said(1, "calls"), source=one)
    report(contract, said(30), source=one)
    before = days(contract)
    with scopes_disabled():
        assert Report.objects.count() == 6
        assert purge_old_reports() == 3
        assert purge_old_reports() == 0
        left = list(Report.objects.order_by("pk").values_list("source", "quantity"))
    assert left == [(two, 10), (one, 20), (one, 30)]
    assert days(contract) == before
    # A late reading still finds what it follows on.
    report(contract, said(25, ago=20 * DAY), source=one)
    assert list(days(contract).values()) == [20, 30, 35, 40]


def test_what_products_reported_stands_against_the_vendors_files(contract):
    @deed("import_for_test")
    def imported(on, quantity):
        with scopes_disabled():
            put_readings(rows=[{"contract": contract.number, "meter": "objects", "on": on, "quantity": quantity}])
        nothing_done()

    imported((TODAY - DAY).isoformat(), 7)
    imported(TODAY.isoformat(), 7)
    report(contract, said(5))
    assert days(contract) == {TODAY - DAY: 7, TODAY: 5}
    imported(TODAY.isoformat(), 9)
    imported((TODAY - DAY).isoformat(), 8)
    assert days(contract) == {TODAY - DAY: 8, TODAY: 5}


def test_a_thousand_readings_at_once_cost_few_queries(contract):
    one = installation(contract).ref
    report(contract, said(1), source=one)
    with CaptureQueriesContext(connection) as found:
        report(contract, *(said(n, ago=timedelta(minutes=n)) for n in range(1, 1001)), source=one)
    assert len(found) < 40, len(found)
    with scopes_disabled():
        assert Level.objects.get(contract=contract).quantity == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_R35_parallel_reports_lose_no_increment():
    with clock.at(people.NOON):
        contract = metered()
        people.meter("calls", kind="counter")
        refs = [installation(contract).ref for _ in range(4)]
    code = """
from django.db import OperationalError
from torhaus.licensing.report_usage import ReadingSaid, report_usage
from torhaus.records.deeds import Actor
for n in range(25):
    readings = [ReadingSaid(f"c{{n}}", "calls", 1), ReadingSaid(f"g{{n}}", "objects", n)]
    while True:
        try:
            report_usage(contract_ref={contract!r}, source={source!r}, readings=readings, by=Actor("system", "tests"))
            break
        except OperationalError:  # SQLite has one writer; as a product asked to wait, it says the same again
            continue
"""
    workers = [processes.start_code(code.format(contract=contract.ref, source=ref)) for ref in refs]
    for worker in workers:
        processes.finish(worker, timeout=120)
    assert list(days(contract, "calls").values())[-1] == 100
    assert list(days(contract).values())[-1] == 4 * 24
