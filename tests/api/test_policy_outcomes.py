"""What each rule of a policy makes of ``validate``: the four members by which a product decides, told over HTTP."""

from datetime import date

import pytest
from django_scopes import scopes_disabled

from tests.api.asking import both
from tests.api.program import ask as ask_api
from tests.api.program import fine
from torhaus.licensing.models import ContractPolicy
from torhaus.subscriptions.models import Contract

URL = "/api/v1/validate"
pytestmark = pytest.mark.usefixtures("at_noon")

OVER = {"ends_on": date(2026, 9, 1), "auto_renews": False}  # the grace is over, too
BUILD = "a" * 64
FULL, NOTHING, READING = (True, "full"), (False, "none"), (False, "read_only")


def decided(way, token, body) -> dict:
    answer = way(URL, token, body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def told(said) -> tuple:
    return said["code"], (said["valid"], said["access"]), said["enforcement"]


def agreed(contract, policy, **fields) -> None:
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, **policy)
        Contract.objects.filter(pk=contract.pk).update(**fields)


VERSIONS = {"minimum_version": "33", "maximum_version": "34.9"}
PLACES = {"environments": ["production"]}
BUILDS = {"checksums": [BUILD]}


@both
@pytest.mark.parametrize(
    ("policy", "fields", "body", "code", "outcome"),
    [
        ({"enforcement": "advise"}, OVER, {}, "expired", (False, "full")),
        ({"enforcement": "degrade"}, OVER, {}, "expired", READING),
        ({"enforcement": "block"}, OVER, {}, "expired", READING),
        ({"after_grace": "read_only"}, OVER, {}, "expired", READING),
        ({"after_grace": "stop"}, OVER, {}, "expired", NOTHING),
        ({"after_grace": "stop", "enforcement": "degrade"}, OVER, {}, "expired", NOTHING),
        ({"after_grace": "stop", "enforcement": "advise"}, OVER, {}, "expired", (False, "full")),
        ({"after_grace": "stop"}, OVER | {"grace_days": 100}, {}, "in_grace", FULL),
        (VERSIONS, {}, {"version": "32.9"}, "version_not_allowed", NOTHING),
        (VERSIONS, {}, {"version": "35"}, "version_not_allowed", NOTHING),
        (VERSIONS | {"enforcement": "degrade"}, {}, {"version": "35"}, "version_not_allowed", READING),
        (VERSIONS, {}, {"version": "34.9"}, "valid", FULL),
        (VERSIONS, {}, {}, "version_required", NOTHING),
        (BUILDS, {}, {"checksum": "b" * 64}, "checksum_mismatch", NOTHING),
        (BUILDS, {}, {"checksum": BUILD}, "valid", FULL),
        (BUILDS, {}, {}, "checksum_required", NOTHING),
        (PLACES, {}, {"environment": "test"}, "environment_not_allowed", NOTHING),
        (PLACES, {}, {"environment": "production"}, "valid", FULL),
        (PLACES, {}, {}, "environment_required", NOTHING),
        ({}, {"kind": "hosting"}, {}, "valid", FULL),
        ({}, {"kind": "hosting"} | OVER, {}, "expired", READING),
        ({}, {"kind": "hosting", "suspended": True}, {}, "suspended", NOTHING),
    ],
)
def test_what_a_policy_makes_of_the_answer(contract, token, way, policy, fields, body, code, outcome):
    agreed(contract, policy, **fields)
    said = decided(way, token, body)
    assert told(said) == (code, outcome, policy.get("enforcement", "block"))
    assert said["licence"]["kind"] == fields.get("kind", "subscription")


@both
@pytest.mark.parametrize(
    ("released_on", "code", "outcome"),
    [("2026-09-01", "fallback", FULL), ("2026-09-02", "expired", READING), (None, "expired", READING)],
)
def test_what_was_published_before_the_end_goes_on_by_the_fallback(contract, token, way, released_on, code, outcome):
    agreed(contract, {"fallback": True}, **OVER)
    said = decided(way, token, {"released_on": released_on})
    assert told(said) == (code, outcome, "block")
    assert said["licence"]["fallback_until"] == "2026-09-01T22:00:00Z"


@both
@pytest.mark.parametrize(
    ("released_on", "code", "outcome"),
    [("2026-09-01", "valid", FULL), ("2026-09-02", "version_not_maintained", NOTHING), (None, "valid", FULL)],
)
def test_a_perpetual_licence_runs_what_was_published_while_it_was_maintained(
    contract, token, way, released_on, code, outcome
):
    without_end = {"kind": "perpetual", "auto_renews": False, "term_months": None, "ends_on": None}
    agreed(contract, {"fallback": True}, **without_end, maintenance_until=date(2026, 9, 1))
    said = decided(way, token, {"released_on": released_on, "version": "34.1"})
    assert told(said) == (code, outcome, "block")
    its = said["licence"]
    assert (its["kind"], its["ends_at"], its["maintained_until"]) == ("perpetual", None, "2026-09-01T22:00:00Z")


@both
@pytest.mark.parametrize(
    ("policy", "used", "code", "outcome"),
    [
        ({}, 5000, "valid", FULL),
        ({}, 5001, "allowance_exceeded", READING),
        ({"overage": "percent", "overage_percent": 10}, 5500, "overage", FULL),
        ({"overage": "percent", "overage_percent": 10}, 5501, "allowance_exceeded", READING),
        (
            {"overage": "percent", "overage_percent": 10, "enforcement": "advise"},
            5501,
            "allowance_exceeded",
            (False, "full"),
        ),
        ({"overage": "report"}, 50_000, "overage", FULL),
    ],
)
def test_how_much_more_may_be_used_than_is_booked(contract, token, way, policy, used, code, outcome):
    agreed(contract, policy)
    fine(ask_api(token, "usage", {"readings": [{"id": "r-1", "meter": "objects", "quantity": used}]}))
    said = decided(way, token, {})
    assert told(said) == (code, outcome, policy.get("enforcement", "block"))
    assert said["limits"]["meters"]["objects"] == {"max": 5000, "used": used, "free": max(0, 5000 - used)}
