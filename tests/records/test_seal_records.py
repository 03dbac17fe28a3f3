"""Sealing: places without gap or double, whoever seals and whenever it is killed."""

import hashlib
import json
import secrets
import signal
import time

import pytest
from django.db import DatabaseError, connection, transaction
from django_scopes import scopes_disabled

from tests import people, processes
from torhaus.records.actions import seal_records
from torhaus.records.chain import check_chain
from torhaus.records.deeds import deed, write_record
from torhaus.records.models import Record, Seal, Unsealed

WRITER = """
import sys
from torhaus.records.deeds import Actor, deed, write_record
@deed("plant")
def plant(*, n):
    write_record(by=Actor("system", "writer", "Zoë"), after={"n": n})
for n in range(int(sys.argv[1])):
    plant(n=n)
"""
SEALER = """
import sys, time
from torhaus.records.actions import seal_records
from torhaus.records.models import Seal, Unsealed
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    seal_records(batch=7)
"""


@deed("plant")
def plant(*, n, fail=False):
    record = write_record(
        by=people.SYSTEM, customer_ref="c", after={"n": n, "text": "Grüße é"}, personal={"name": "Jo"}
    )
    if fail:
        raise ValueError
    return record


def assert_whole_chain(expected):
    report = check_chain(keys={})
    assert report.problems == []
    assert report.sealed == expected
    assert list(Seal.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, expected + 1))


@pytest.mark.django_db
def test_seals_in_order_with_a_digest_anybody_can_recompute():
    records = [plant(n=n) for n in range(5)]
    assert Unsealed.objects.count() == 5
    assert seal_records(batch=2) == 5
    assert seal_records() == 0
    assert Unsealed.objects.count() == 0
    previous = "0" * 64
    for place, record in enumerate(records, start=1):
        with scopes_disabled():
            row = Record.objects.get(pk=record.pk)
        content = {
            "sequence": place,
            "key": str(row.key),
            "at": row.at.isoformat(),
            "deed": "plant",
            "actor_kind": "system",
            "actor_ref": "tests",
            "customer_ref": "c",
            "subject_kind": "",
            "subject_ref": "",
            "before": {},
            "after": {"n": place - 1, "text": "Grüße é"},
            "commitments": row.commitments,
            "request_id": "",
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256((previous + text).encode()).hexdigest()
        assert Seal.objects.get(sequence=place).digest == previous
        assert "Jo" not in text


@pytest.mark.django_db
def test_a_deed_that_fails_leaves_nothing_to_seal():
    plant(n=1)
    with pytest.raises(ValueError):
        plant(n=2, fail=True)
    with scopes_disabled():
        assert Record.objects.count() == 1
    assert seal_records() == 1
    assert_whole_chain(1)


@pytest.mark.django_db
def test_records_written_in_bulk_are_queued_too():
    with scopes_disabled():
        Record.objects.bulk_create(
            Record(at=people.NOON, deed="plant", actor_kind="system", after={"n": n}) for n in range(3)
        )
    assert seal_records() == 3
    assert_whole_chain(3)


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_record_or_a_seal():
    plant(n=1)
    seal_records()
    with scopes_disabled():
        for change in (
            lambda: Record.objects.update(deed="other"),
            lambda: Record.objects.update(after={}),
            lambda: Seal.objects.update(digest="0" * 64),
            lambda: Seal.objects.update(sequence=9),
        ):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                change()
        assert Record.objects.get().deed == "plant"
        if connection.vendor == "postgresql":
            for table in ("records_seal", "records_record"):
                with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                    connection.cursor().execute(f"DELETE FROM {table}")


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_sealers_and_two_writers_at_once_leave_no_gap_and_no_double():
    writers = [processes.start_code(WRITER.replace("sys.argv[1]", "150")) for _ in range(2)]
    sealers = [processes.start_code(SEALER.replace("sys.argv[1]", "4")) for _ in range(2)]
    for process in writers + sealers:
        processes.finish(process)
    seal_records()
    assert Unsealed.objects.count() == 0
    assert_whole_chain(300)


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_sealer_killed_at_any_moment_leaves_a_valid_chain():
    with scopes_disabled():
        Record.objects.bulk_create(
            Record(at=people.NOON, deed="plant", actor_kind="system", after={"n": n}) for n in range(3000)
        )
    kills = 0
    for _ in range(6):
        before = Seal.objects.count()
        process = processes.start_code(SEALER.replace("sys.argv[1]", "60"))
        processes.wait_for(lambda: Seal.objects.count() > before or not Unsealed.objects.exists())  # noqa: B023 - used at once
        time.sleep(secrets.randbelow(60) / 1000)
        if Unsealed.objects.exists():
            kills += 1
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # A PostgreSQL backend may still commit what its client had asked for before it was killed.
        processes.wait_for(lambda: Seal.objects.count() + Unsealed.objects.count() == 3000, what="a settled queue")
        time.sleep(0.1)
        assert_whole_chain(Seal.objects.count())
    assert kills >= 2, "the sealer was done before it could be killed; give it more to do"
    seal_records()
    assert_whole_chain(3000)
