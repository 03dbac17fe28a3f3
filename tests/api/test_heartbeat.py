"""``POST /api/v1/heartbeat``: the same answer, and a floating licence's place is taken or extended first."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.api.asking import ask, both
from torhaus.core import clock
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import ContractPolicy, Installation, Lease, Licence
from torhaus.subscriptions.models import Contract

URL = "/api/v1/heartbeat"
pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def places(contract):
    """Three installations of a licence with two floating places of ten minutes each."""
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, model="floating", max_leases=2)
        licence = kept_licence(contract, contract.product)
        return [
            Installation.objects.create(
                licence=licence, digest=str(number), activated_at=clock.now(), last_seen_at=clock.now()
            ).ref
            for number in range(3)
        ]


def beat(way, token, place, **more):
    answer = way(URL, token, {"installation": place, "nonce": "n"} | more)
    assert answer.status_code == 200, answer.content
    return answer.json()


@both
def test_without_days_offline_a_floating_answer_holds_as_long_as_its_lease(contract, token, places, way):
    with scopes_disabled():
        ContractPolicy.objects.update(offline_grace_days=0)
        Contract.objects.filter(pk=contract.pk).update(revision=contract.revision + 1)
    held = beat(way, token, places[0])
    assert held["exp"] - held["iat"] == 600
    assert held["installation"]["lease_until"] == "2026-11-22T11:10:00Z"
    # A lease that was there before holds for the rest of it, and an answer that takes none until the next check.
    with clock.at(people.NOON + timedelta(seconds=599)):
        rest = way("/api/v1/validate", token, {"installation": places[0], "nonce": "n"}).json()
        assert (rest["valid"], rest["exp"] - rest["iat"]) == (True, 1)
    with clock.at(people.NOON + timedelta(seconds=700)):
        over = way("/api/v1/validate", token, {"installation": places[0], "nonce": "n"}).json()
        assert over["valid"] is False
        assert over["exp"] > over["iat"]
        assert "check_overdue" not in [one["code"] for one in over["findings"]]


@both
def test_a_lease_that_is_longer_than_the_days_offline_holds_the_answer(contract, token, places, way):
    with scopes_disabled():
        ContractPolicy.objects.update(offline_grace_days=1, lease_seconds=3 * 86400)
        Contract.objects.filter(pk=contract.pk).update(revision=contract.revision + 1)
    held = beat(way, token, places[0])
    assert held["exp"] - held["iat"] == 3 * 86400
    asked = way("/api/v1/validate", token, {"installation": places[1], "nonce": "n"}).json()
    assert asked["exp"] - asked["iat"] == 86400


@both
def test_places_are_taken_until_none_is_free_and_the_refusal_is_an_answer(token, places, way):
    first = beat(way, token, places[0])
    assert (first["code"], first["installation"]["lease_until"]) == ("valid", "2026-11-22T11:10:00Z")
    assert first["limits"]["leases"] == {"max": 2, "used": 1, "free": 1}
    assert first["next_check_at"] == "2026-11-22T11:05:00Z"
    assert beat(way, token, places[1])["valid"]
    third = beat(way, token, places[2])
    assert (third["valid"], third["code"], third["access"]) == (False, "too_many_leases", "none")
    assert third["installation"]["lease_until"] is None
    assert third["message"].startswith("All places of the licence are in use.")
    with clock.at(people.NOON + timedelta(minutes=11)):  # the others were silent
        assert beat(way, token, places[2])["valid"]
    with scopes_disabled():
        assert Lease.objects.count() == Licence.objects.get().leases


@both
def test_when_fewer_places_are_agreed_the_first_holders_keep_theirs(contract, token, places, way):
    for minutes, place in enumerate(places[:2]):
        with clock.at(people.NOON + timedelta(minutes=minutes)):
            assert beat(way, token, place)["valid"]
    with scopes_disabled():
        ContractPolicy.objects.update(max_leases=1)
        Contract.objects.filter(pk=contract.pk).update(revision=contract.revision + 1)
    with clock.at(people.NOON + timedelta(minutes=4)):
        said = [beat(way, token, place) for place in places[:2]]
    assert [(one["valid"], one["code"]) for one in said] == [(True, "overage")] * 2, "both hold a lease just now"
    for minutes in range(8, 60, 4):
        with clock.at(people.NOON + timedelta(minutes=minutes)):
            said = [beat(way, token, place) for place in places[:2]]
        assert [(one["valid"], one["code"]) for one in said][1] == (False, "too_many_leases")
        assert said[0]["valid"], minutes
    assert said[0]["limits"]["leases"] == {"max": 1, "used": 1, "free": 0}
    with scopes_disabled():
        assert Lease.objects.get().holder == places[0]
        assert Licence.objects.get().leases == 1


@both
def test_validate_takes_no_place(token, places, way):
    said = way("/api/v1/validate", token, {"installation": places[0]}).json()
    assert (said["valid"], said["code"]) == (False, "lease_required")
    with scopes_disabled():
        assert not Lease.objects.exists()


@both
def test_a_lease_with_more_than_half_of_its_time_is_not_written_again(token, places, way):
    beat(way, token, places[0])
    with clock.at(people.NOON + timedelta(minutes=4)), CaptureQueriesContext(connection) as queries:
        said = beat(way, token, places[0])
    assert said["installation"]["lease_until"] == "2026-11-22T11:10:00Z"
    assert [one["sql"] for one in queries if "licensing_lease" in one["sql"] and "SELECT" not in one["sql"]] == []
    with clock.at(people.NOON + timedelta(minutes=5)):
        assert beat(way, token, places[0])["installation"]["lease_until"] == "2026-11-22T11:15:00Z"


@both
def test_processes_of_an_installation_have_places_of_their_own(token, places, way):
    assert beat(way, token, places[0], process="a")["limits"]["leases"]["used"] == 1
    assert beat(way, token, places[0], process="b")["limits"]["leases"]["used"] == 2
    assert beat(way, token, places[0], process="c")["code"] == "too_many_leases"


@both
def test_what_may_not_run_takes_no_place(contract, token, places, way):
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(suspended=True, revision=contract.revision + 1)
    assert beat(way, token, places[0])["code"] == "suspended"
    assert beat(way, token, "unknown-ref")["code"] == "suspended"
    with scopes_disabled():
        assert not Lease.objects.exists()


@both
def test_a_place_that_does_not_float_needs_no_lease(contract, token, way):
    with scopes_disabled():
        licence = kept_licence(contract, contract.product)
        made = Installation.objects.create(
            licence=licence, digest="x", activated_at=clock.now(), last_seen_at=clock.now()
        )
    said = beat(way, token, made.ref)
    assert (said["code"], said["limits"]["leases"]) == ("valid", None)


def test_a_heartbeat_names_its_installation(token):
    answer = ask(URL, token, {})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")
