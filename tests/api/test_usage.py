"""``POST /api/v1/usage`` and ``/offline-licence``, as a product asks."""

from datetime import timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine, licensed, problem
from torhaus.core import clock
from torhaus.licensing.models import OfflineLicence
from torhaus.records.models import Record
from torhaus.usage.models import Report
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.models import SigningKey
from torhaus_sdk.licence import verify_licence
from torhaus_sdk.tokens import parse_token

pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def contract(db):
    made = licensed()
    people.allowance(people.item(), meter=people.meter())
    return made


@pytest.fixture
def token(contract):
    return people.token(contract)


def reading(number=1, **fields) -> dict:
    return {"id": f"r-{number}", "meter": "objects", "quantity": 4120} | fields


def reports() -> int:
    with scopes_disabled():
        return Report.objects.count()


def test_readings_are_kept_once_and_the_meter_answers(contract, token):
    body = {"readings": [reading(kind="gauge", at="2026-11-22T09:00:00+01:00")]}
    said = fine(ask(token, "usage", body))
    meters = {"objects": {"used": 4120, "max": 5000, "free": 880, "state": "near"}}
    assert said == {"accepted": 1, "repeated": 0, "meters": meters}
    assert fine(ask(token, "usage", body)) == {"accepted": 0, "repeated": 1, "meters": meters}
    assert reports() == 1
    more = fine(ask(token, "usage", {"readings": [reading(2, quantity=5001)]}))
    assert more["meters"]["objects"]["state"] == "over"
    assert fine(ask(token, "validate", {}))["limits"]["meters"]["objects"]["used"] == 5001


def test_an_answer_with_a_new_usage_was_not_given_before_it_was_reported(contract, token):
    assert fine(ask(token, "validate", {}))["checked_at"] == "2026-11-22T11:00:00Z"
    with clock.at(people.NOON + timedelta(seconds=90)):
        fine(ask(token, "usage", {"readings": [reading()]}))
    with clock.at(people.NOON + timedelta(seconds=200)):
        said = fine(ask(token, "validate", {}))
    assert said["limits"]["meters"]["objects"]["used"] == 4120
    assert said["checked_at"] == "2026-11-22T11:01:30Z"


@pytest.mark.parametrize(
    ("bad", "status", "code"),
    [
        ({"meter": "nothing"}, 404, "unknown_meter"),
        ({"kind": "counter"}, 409, "kind_mismatch"),
        ({"at": "2026-10-01T00:00:00Z"}, 409, "reading_too_old"),
        ({"at": "2026-11-22T12:30:00Z"}, 409, "reading_in_future"),
        ({"id": "r-0", "quantity": 1}, 409, "reading_conflict"),
    ],
)
def test_one_that_cannot_be_takes_the_others_with_it(contract, token, bad, status, code):
    fine(ask(token, "usage", {"readings": [reading(0)]}))
    body = {"readings": [reading(1), reading(2, **bad), reading(3)]}
    said = problem(ask(token, "usage", body), status, code)
    assert (bad.get("meter") or bad.get("id") or "r-2") in said["detail"]
    assert reports() == 1


@pytest.mark.parametrize(
    ("readings", "pointer"),
    [
        ([], "/readings"),
        ("x", "/readings"),
        ([5], "/readings/0"),
        ([{"id": "a", "meter": "objects"}], "/readings/0/quantity"),
        ([reading(quantity=-1)], "/readings/0/quantity"),
        ([reading(quantity=1.5)], "/readings/0/quantity"),
        ([reading(quantity=True)], "/readings/0/quantity"),
        ([reading(quantity="5")], "/readings/0/quantity"),
        ([reading(quantity=2**53)], "/readings/0/quantity"),
        ([reading(quantity=10**400)], "/readings/0/quantity"),
        ([reading(), reading(id="")], "/readings/1/id"),
        ([reading(id="x" * 65)], "/readings/0/id"),
        ([reading(meter="x" * 10_001)], "/readings/0/meter"),
        ([reading(kind="sum")], "/readings/0/kind"),
        ([reading(at="yesterday")], "/readings/0/at"),
        ([reading(at="2026-11-22T12:00:00")], "/readings/0/at"),
        ([reading(at="0001-01-01T00:00:00+23:59")], "/readings/0/at"),
        ([reading(n) for n in range(1001)], "/readings"),
    ],
)
def test_readings_of_the_wrong_kind_are_pointed_at(contract, token, readings, pointer):
    said = problem(ask(token, "usage", {"readings": readings}), 422, "invalid_body")
    assert [one["pointer"] for one in said["errors"]] == [pointer]
    assert reports() == 0


def test_a_thousand_readings_fit_and_a_whole_number_may_be_written_5_0(contract, token):
    body = {"readings": [reading(n, at="2026-11-22T10:00:00.123456789Z", quantity=5.0) for n in range(1000)]}
    assert fine(ask(token, "usage", body))["accepted"] == 1000
    problem(ask(token, "usage", {"readings": [reading()], "x": "y" * 262_144}), 413, "body_too_large")


def test_a_removed_installation_reports_no_more(contract, token):
    ref = fine(ask(token, "activate", {"fingerprint": "a"}), 201)["installation"]["ref"]
    fine(ask(token, "usage", {"installation": ref, "readings": [reading()]}))
    fine(ask(token, "deactivate", {"installation": ref}))
    answer = ask(token, "usage", {"installation": ref, "readings": [reading(2)]})
    problem(answer, 409, "installation_removed")
    body = {"installation": "nowhere", "readings": [reading(2)]}
    problem(ask(token, "usage", body), 404, "installation_unknown")


def test_R21_readings_count_for_the_tokens_contract_whatever_else_is_said(contract, token):
    other = licensed("666")
    body = {"contract": other.ref, "customer": "666", "readings": [reading() | {"contract": other.ref, "max": 1}]}
    fine(ask(token, "usage", body))
    with scopes_disabled():
        assert Report.objects.get().contract == contract


# Offline licences


def files() -> list:
    with scopes_disabled():
        return list(OfflineLicence.objects.order_by("number"))


def test_a_file_is_issued_that_the_sdk_takes(contract, token):
    said = fine(ask(token, "offline-licence", {}), 201)
    [row] = files()
    public_id = parse_token(token).public_id
    read = verify_licence(
        said["text"], keys=trusted_keys(), audience="acme", now=people.NOON, token_public_id=public_id
    )
    assert (read.id, read.sequence) == (row.ref, said["number"]) == (row.ref, 1)
    assert said["issued_at"] == "2026-11-22T11:00:00Z"
    assert said["expires_at"] == "2026-12-22T11:00:00Z"
    with scopes_disabled():
        record = Record.objects.get(deed="issue_offline_licence")
    assert (record.actor_kind, record.actor_ref) == ("token", public_id)


def test_no_body_is_an_empty_one(contract, token):
    fine(ask(token, "offline-licence", raw=b"", method="POST", Content_Type=""), 201)


def test_a_newer_file_than_the_one_seen_is_given_and_none_issued(contract, token):
    first = fine(ask(token, "offline-licence", {"newest_seen": 0}), 201)
    assert fine(ask(token, "offline-licence", {"newest_seen": 0})) == first
    assert fine(ask(token, "offline-licence", {"newest_seen": 1}), 201)["number"] == 2
    assert len(files()) == 2
    for bad in (-1, "1", 1.5, 2**53, True):
        problem(ask(token, "offline-licence", {"newest_seen": bad}), 422, "invalid_body")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"suspended": True}, "licence_suspended"),
        ({"starts_on": "2027-01-01", "ends_on": "2027-12-31"}, "licence_not_started"),
        ({"starts_on": "2025-01-01", "ends_on": "2025-12-31", "auto_renews": False}, "licence_ended"),
    ],
)
def test_a_contract_that_does_not_run_gets_no_file(db, fields, code):
    problem(ask(people.token(licensed(**fields)), "offline-licence", {}), 409, code)
    assert files() == []


def test_with_nothing_booked_or_without_a_key_there_is_no_file(contract, token):
    empty = people.contract(people.customer("3"), "V-3")
    problem(ask(people.token(empty), "offline-licence", {}), 409, "nothing_booked")
    SigningKey.objects.all().delete()
    problem(ask(token, "offline-licence", {}), 503, "cannot_sign")
    assert files() == []


def test_R70_each_contract_numbers_its_own_files(contract, token):
    with clock.at(people.NOON + timedelta(minutes=1)):
        fine(ask(token, "offline-licence", {}), 201)
        assert fine(ask(people.token(licensed("666")), "offline-licence", {}), 201)["number"] == 1
