"""Policies: whose is in force, how they are written, and what files say of them."""

import json
from datetime import date, timedelta
from hashlib import sha256

import pytest
from django_scopes import scope, scopes_disabled

from tests import people
from tests.people import SYSTEM, booking, customer, item, vendor
from torhaus.core import clock
from torhaus.licensing.grants import read_grants
from torhaus.licensing.issue_offline_licence import NotIssued, issue_offline_licence
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import ContractPolicy, PlanPolicy
from torhaus.licensing.offline_licences import draft_of, licence_in
from torhaus.licensing.policies import FIELDS, digest_of_policy, stated_policy, usual_values
from torhaus.licensing.policy_rules import NoPolicy
from torhaus.licensing.revocations import revoked_files_across_customers
from torhaus.licensing.rules import content
from torhaus.licensing.set_policy import (
    PolicyChanged,
    UnknownPlan,
    clear_contract_policy,
    clear_plan_policy,
    set_contract_policy,
    set_plan_policy,
)
from torhaus.records.models import Record
from torhaus.subscriptions.actions import UnknownContract
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.queries import the_vendor

pytestmark = pytest.mark.django_db
NOT_CONTENT = {"iss", "jti", "iat", "nbf", "exp", "seq", "ver", "tok"}
LOCKED = usual_values() | {"model": "node_locked", "max_installations": 3}


@pytest.fixture
def contract():
    vendor()
    made = people.contract(customer())
    booking(made)
    return made


def inside(contract):
    return scope(customer=contract.customer_id, customer_ref=contract.customer.ref)


def in_force(contract):
    with inside(contract):
        source = stated_policy(contract.pk, item().pk).source
        return source, read_grants(kept_licence(contract, contract.product).grants).policy


def last_record():
    with scopes_disabled():
        return Record.objects.order_by("-pk").first()


def test_the_contracts_own_stands_before_the_plans_and_that_before_the_usual_one(contract):
    assert in_force(contract)[0] == "usual"
    set_plan_policy(plan_key="medium", values=LOCKED, by=SYSTEM)
    source, policy = in_force(contract)
    assert (source, policy.max_installations) == ("plan", 3)
    set_contract_policy(contract_ref=contract.ref, values=LOCKED | {"max_installations": 9}, by=SYSTEM)
    source, policy = in_force(contract)
    assert (source, policy.max_installations) == ("contract", 9)
    clear_contract_policy(contract_ref=contract.ref, by=SYSTEM)
    assert in_force(contract)[0] == "plan"
    clear_plan_policy(plan_key="medium", by=SYSTEM)
    assert in_force(contract)[0] == "usual"


def test_records_say_what_changed(contract):
    set_contract_policy(contract_ref=contract.ref, values=LOCKED, by=SYSTEM)
    record = last_record()
    assert (record.deed, record.customer_ref, record.subject_ref) == (
        "set_contract_policy",
        contract.customer.ref,
        contract.ref,
    )
    assert set(record.after) == set(FIELDS)
    set_contract_policy(contract_ref=contract.ref, values=LOCKED | {"max_installations": 4}, by=SYSTEM)
    record = last_record()
    assert (record.before, record.after) == ({"max_installations": 3}, {"max_installations": 4})
    clear_contract_policy(contract_ref=contract.ref, by=SYSTEM)
    assert last_record().before["max_installations"] == 4
    set_plan_policy(plan_key="medium", values=LOCKED, by=SYSTEM)
    assert (last_record().deed, last_record().subject_ref, last_record().customer_ref) == (
        "set_plan_policy",
        "medium",
        "",
    )


def test_the_same_again_is_no_deed(contract):
    set_contract_policy(contract_ref=contract.ref, values=LOCKED, by=SYSTEM)
    set_plan_policy(plan_key="medium", values=LOCKED, by=SYSTEM)
    before = last_record().pk
    set_contract_policy(contract_ref=contract.ref, values=LOCKED, seen="", by=SYSTEM)
    set_plan_policy(plan_key="medium", values=LOCKED, seen="", by=SYSTEM)
    assert last_record().pk == before
    clear_contract_policy(contract_ref=contract.ref, by=SYSTEM)
    clear_contract_policy(contract_ref=contract.ref, by=SYSTEM)
    with scopes_disabled():
        assert Record.objects.filter(deed="clear_contract_policy").count() == 1


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(contract):
    set_contract_policy(contract_ref=contract.ref, values=LOCKED, seen="", by=SYSTEM)
    set_plan_policy(plan_key="medium", values=LOCKED, seen="", by=SYSTEM)
    other = LOCKED | {"max_installations": 1}
    with pytest.raises(PolicyChanged):
        set_contract_policy(contract_ref=contract.ref, values=other, seen="", by=SYSTEM)
    with pytest.raises(PolicyChanged):
        set_plan_policy(plan_key="medium", values=other, seen=digest_of_policy(other), by=SYSTEM)
    with scopes_disabled():
        assert ContractPolicy.objects.get().max_installations == 3
    assert PlanPolicy.objects.get().max_installations == 3


def test_strangers(contract):
    with pytest.raises(UnknownPlan):
        set_plan_policy(plan_key="nonsense", values=LOCKED, by=SYSTEM)
    item("maps", "add_on")
    with pytest.raises(UnknownPlan):
        clear_plan_policy(plan_key="maps", by=SYSTEM)
    with pytest.raises(UnknownContract):
        set_contract_policy(contract_ref="nonsense", values=LOCKED, by=SYSTEM)
    with pytest.raises(ValueError, match="has the fields"):
        set_contract_policy(contract_ref=contract.ref, values={"model": "floating"}, by=SYSTEM)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_installations", -1),
        ("max_leases", 10**9 + 1),
        ("lease_seconds", 59),
        ("overage_percent", 101),
        ("check_hours", 0),
        ("offline_grace_days", 3661),
        ("minimum_version", "latest"),
        ("environments", ["Live System"]),
        ("environments", ["production", "qa"]),
        ("checksums", ["ab" * 32] * 201),
        ("checksums", ["ab"]),
    ],
)
def test_nonsense(contract, field, value):
    with pytest.raises(NoPolicy) as refused:
        set_contract_policy(contract_ref=contract.ref, values=LOCKED | {field: value}, by=SYSTEM)
    assert refused.value.field == field


def test_what_does_not_go_together(contract):
    for field, values in (
        ("overage_percent", {"overage": "percent", "overage_percent": 0}),
        ("maximum_version", {"minimum_version": "10.0", "maximum_version": "9.5"}),
    ):
        with pytest.raises(NoPolicy) as refused:
            set_plan_policy(plan_key="medium", values=LOCKED | values, by=SYSTEM)
        assert refused.value.field == field


def test_each_file_says_how_strictly_it_is_meant(contract):
    create_signing_key(by=SYSTEM)
    with inside(contract):
        usual = licence_in(issue_offline_licence(contract_ref=contract.ref, by=SYSTEM))
    assert (usual.enforcement, usual.after_grace) == ("block", "read_only")
    set_contract_policy(
        contract_ref=contract.ref, values=LOCKED | {"enforcement": "advise", "after_grace": "stop"}, by=SYSTEM
    )
    with inside(contract):
        said = licence_in(issue_offline_licence(contract_ref=contract.ref, by=SYSTEM))
    assert (said.enforcement, said.after_grace) == ("advise", "stop")
    assert content(said) != content(usual)


def test_a_contract_that_falls_back_gets_files_after_its_end_and_they_are_not_taken_back(contract):
    create_signing_key(by=SYSTEM)
    with scopes_disabled():
        type(contract).objects.update(auto_renews=False, ends_on=date(2026, 10, 10))
    with clock.at(people.NOON):
        with pytest.raises(NotIssued):
            issue_offline_licence(contract_ref=contract.ref, by=SYSTEM)
        set_contract_policy(contract_ref=contract.ref, values=usual_values() | {"fallback": True}, by=SYSTEM)
        row = issue_offline_licence(contract_ref=contract.ref, by=SYSTEM)
        said = licence_in(row)
        assert (said.fallback, said.licence_ends_at.date(), row.expires_at) == (
            True,
            date(2026, 10, 10),
            people.NOON + timedelta(days=30),
        )
        assert revoked_files_across_customers(the_vendor(), people.NOON) == set()
        with scopes_disabled():
            type(contract).objects.update(ends_on=date(2026, 9, 30))
        assert revoked_files_across_customers(the_vendor(), people.NOON) == {row.ref}, (
            "it ended sooner than the file says"
        )


def test_a_file_of_before_is_not_out_of_date_because_it_does_not_say_so(contract):
    create_signing_key(by=SYSTEM)
    with inside(contract):
        draft = draft_of(contract, the_vendor())
    # What a file issued before the two claims were there had as its digest.
    claims = {name: value for name, value in draft.licence.claims().items() if name not in NOT_CONTENT}
    assert claims.pop("enforcement") == "block"
    assert claims.pop("after_grace") == "read_only"
    for one in claims["entitlements"]["items"]:
        one["name"] = ""
    text = json.dumps(claims | {"newest": []}, sort_keys=True, separators=(",", ":"))
    assert draft.content == sha256(text.encode()).hexdigest()
