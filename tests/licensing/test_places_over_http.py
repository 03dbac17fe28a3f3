"""Places as products and people meet them: activated over HTTP, removed by a person, asked again."""

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine, licensed, problem
from tests.licensing import places
from torhaus.catalogue.models import SupportPackage
from torhaus.licensing.models import Installation, RemovedBy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def contract():
    return licensed()


def activate(token, name, **said):
    return ask(token, "activate", {"fingerprint": places.machine(name)} | said)


@pytest.mark.parametrize("by", [RemovedBy.CUSTOMER, RemovedBy.STAFF])
def test_a_removed_installation_hears_by_whom_at_its_next_call_and_may_come_again(contract, by):
    token = people.token(contract)
    ref = fine(activate(token, "a"), 201)["installation"]["ref"]
    question = {"installation": ref, "fingerprint": places.machine("a")}
    assert fine(ask(token, "validate", question))["valid"]
    with scopes_disabled():
        row = Installation.objects.get()
    places.remove(contract, row, by)
    answer = fine(ask(token, "validate", question))
    assert (answer["valid"], answer["code"]) == (False, "installation_removed")
    assert answer["findings"][0]["subjects"] == [by.value]
    again = fine(activate(token, "a"), 201)["installation"]["ref"]
    assert again != ref
    assert fine(ask(token, "validate", question | {"installation": again}))["valid"]


def test_B62_a_test_system_takes_a_place_unless_the_support_package_brings_one(contract):
    token = people.token(contract)
    places.policy(contract, max_installations=1)
    assert fine(activate(token, "live", environment="production"), 201)["installation"]["counts"]
    problem(activate(token, "test", environment="test"), 409, "too_many_installations")
    support = people.item("advanced", "support")
    SupportPackage.objects.create(item=support, response_hours=4, test_installations=1)
    people.booking(contract, "support", kind="support", item=support, quantity=1)
    with scopes_disabled():
        contract.revision += 1
        contract.save(update_fields=["revision"])
    test = fine(activate(token, "test", environment="test"), 201)
    assert test["installation"]["counts"] is False
    assert test["answer"]["limits"]["installations"] == {"model": "node_locked", "max": 1, "used": 1, "free": 0}
    problem(activate(token, "second test", environment="test"), 409, "too_many_installations")
    with scopes_disabled():
        rows = Installation.objects.order_by("pk").values_list("environment", "counts")
    assert list(rows) == [("production", True), ("test", False)]


@pytest.mark.parametrize("call", ["validate", "heartbeat"])
def test_of_more_installations_than_are_agreed_by_now_those_that_came_first_keep_theirs(contract, call):
    token = people.token(contract)
    places.policy(contract, max_installations=3)
    refs = [fine(activate(token, name), 201)["installation"]["ref"] for name in "abc"]

    def told():
        asked = [ask(token, call, {"installation": ref, "fingerprint": places.machine(name)})
                 for ref, name in zip(refs, "abc", strict=True)]  # fmt: skip
        return [(answer["valid"], answer["code"]) for answer in map(fine, asked)]

    assert told() == [(True, "valid")] * 3
    places.policy(contract, max_installations=2)
    assert told() == [(True, "overage")] * 2 + [(False, "too_many_installations")]
    places.policy(contract, max_installations=1, overage="percent", overage_percent=100)
    assert told() == [(True, "overage")] * 2 + [(False, "too_many_installations")]
    places.policy(contract, max_installations=2, overage="refuse")
    with scopes_disabled():
        first = Installation.objects.get(ref=refs[0])
    places.remove(contract, first)
    assert told()[1:] == [(True, "valid")] * 2, "the next one has its place"
    problem(activate(token, "d"), 409, "too_many_installations")
    # A test installation that does not count takes nobody's place.
    places.policy(contract, max_installations=1, test_installations=1)
    fine(activate(token, "t", environment="test"), 201)
    assert told()[1:] == [(True, "overage"), (False, "too_many_installations")]


def test_another_contract_can_end_nothing(contract):
    ref = fine(activate(people.token(contract), "a"), 201)["installation"]["ref"]
    stranger = people.token(places.contract("V-2026-002"))
    problem(ask(stranger, "deactivate", {"installation": ref}), 404, "installation_unknown")
    with scopes_disabled():
        assert Installation.objects.get(ref=ref).removed_at is None
