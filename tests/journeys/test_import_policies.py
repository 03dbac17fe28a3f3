"""Policies of plans and contracts come with the vendor's files, and what they change is derived anew."""

import pytest
from django_scopes import scopes_disabled

from tests.journeys.vendor_files import errors, load, write
from torhaus.catalogue.models import Meter, SupportPackage
from torhaus.licensing.grants import read_grants
from torhaus.licensing.kept import licences_of
from torhaus.licensing.models import ContractPolicy, PlanPolicy
from torhaus.licensing.policies import usual_values, values_of
from torhaus.records.models import Record
from torhaus.subscriptions.models import Contract

pytestmark = pytest.mark.django_db
HEAD = "plan;contract;model;max_installations;overage;overage_percent;environments;checksums;enforcement"


def policies(*rows: str) -> str:
    return "\n".join([HEAD, *rows]) + "\n"


def policy_of(number="V-1"):
    with scopes_disabled():
        licence = licences_of(Contract.objects.get(number=number))[0]
    return read_grants(licence.grants).policy


def test_a_plans_policy_and_a_contracts_own(tmp_path):
    given = policies("medium;;node_locked;3;percent;10;production|test;;degrade", ";V-2;node_locked;1;;;;;advise")
    load(write(tmp_path / "a"))
    assert policy_of().max_installations is None
    load(write(tmp_path / "b", policies_csv=given))
    policy = policy_of()
    assert (policy.model, policy.max_installations, policy.ceiling(10)) == ("node_locked", 3, 11)
    assert (policy.environments, policy.enforcement) == (("production", "test"), "degrade")
    assert (policy_of("V-2").max_installations, policy_of("V-2").enforcement) == (1, "advise")
    assert load(write(tmp_path / "c", policies_csv=given)).nothing
    load(write(tmp_path / "d", policies_csv=given.replace(";3;", ";4;")))
    assert policy_of().max_installations == 4


def test_a_customer_reads_that_its_policy_changed_and_not_that_a_plans_did(tmp_path):
    load(write(tmp_path / "a"))
    with scopes_disabled():
        before = Record.objects.count()
    load(write(tmp_path / "b", policies_csv=policies("medium;;node_locked;3;;;;;", ";V-2;unlimited;;;;;;")))
    with scopes_disabled():
        owner = Contract.objects.select_related("customer").get(number="V-2").customer.ref
        new = list(Record.objects.order_by("pk")[before:])
    assert [(one.deed, one.customer_ref) for one in new] == [("import_contract", owner), ("import_data", "")]


def test_what_is_left_out_takes_its_default_again(tmp_path):
    load(write(tmp_path / "a", policies_csv=policies("medium;;node_locked;3;report;;;;advise")))
    load(write(tmp_path / "b", policies_csv="plan\nmedium\n"))
    assert values_of(PlanPolicy.objects.get()) == usual_values()
    with scopes_disabled():
        assert not ContractPolicy.objects.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (";;unlimited;;;;;;", "expected plan or contract, one of them"),
        ("medium;V-1;unlimited;;;;;;", "expected plan or contract, one of them"),
        ("nonsense;;unlimited;;;;;;", "unknown item"),
        (";V-9;unlimited;;;;;;", "unknown contract"),
        ("maps;;unlimited;;;;;;", "expected the key of a plan"),
        ("medium;;named;;;;;;", "expected node_locked, floating or unlimited"),
        ("medium;;node_locked;-1;;;;;", "expected a whole number from 0 to 1000000000"),
        ("medium;;node_locked;1;percent;;;;", "overage percent needs overage_percent"),
        ("medium;;node_locked;1;percent;101;;;", "expected a whole number from 0 to 100"),
        ("medium;;node_locked;1;;;live system;;", "expected environments of production, staging, test, development"),
        ("medium;;node_locked;1;;;production|qa;;", "expected environments of production, staging"),
        ("medium;;node_locked;1;;;;abc;", "expected SHA-256 checksums"),
    ],
)
def test_nonsense_is_refused_with_its_line(tmp_path, row, said):
    add_ons = "key;name;product\nmaps;Maps;cmdb\n"
    found = errors(write(tmp_path / "a", policies_csv=policies(row), add_ons_csv=add_ons))
    assert len(found) == 1
    assert "policies.csv:2" in found[0]
    assert said in found[0]


def test_one_policy_for_each(tmp_path):
    found = errors(write(tmp_path / "a", policies_csv=policies("medium;;;;;;;;", "medium;;;;;;;;")))
    assert len(found) == 1
    assert "stands already" in found[0]


def test_kinds_of_meters_and_test_installations_of_support_packages(tmp_path):
    load(
        write(
            tmp_path / "a",
            meters_csv="key;name;kind\ncalls;Calls;counter\n",
            support_packages_csv="key;name;response_hours;test_installations\ngold;Gold;4;2\n",
        )
    )
    assert Meter.objects.get(key="calls").kind == "counter"
    assert SupportPackage.objects.get().test_installations == 2
    load(write(tmp_path / "b", meters_csv="key;name\ncalls;All calls\n"))
    assert Meter.objects.get(key="calls").kind == "counter"
