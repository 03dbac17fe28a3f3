"""The kept row of a licence says what is derived anew, whatever happens, and is not derived without need."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest
from django.db import OperationalError, transaction
from django_scopes import scope, scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import people
from tests.journeys.vendor_files import ITEMS, load, write
from tests.licensing import steps
from tests.people import NOON, SYSTEM, booking, customer, item, product, vendor
from torhaus.catalogue.models import Product, SupportPackage
from torhaus.core import clock
from torhaus.licensing import kept
from torhaus.licensing.grants import read_grants
from torhaus.licensing.kept import derive, kept_licence, licences_of, usage_text
from torhaus.licensing.models import Licence
from torhaus.licensing.policies import usual_values
from torhaus.licensing.set_policy import set_contract_policy, set_plan_policy
from torhaus.subscriptions.models import Contract
from torhaus.usage.models import Reading
from torhaus.vendor.queries import the_vendor

# `make prove` asks for an example in each 100 of TORHAUS_TEST_STEPS.
STEPS = int(os.environ.get("TORHAUS_TEST_STEPS", "0"))

pytestmark = pytest.mark.django_db


def inside(contract):
    return scope(customer=contract.customer_id, customer_ref=contract.customer.ref)


def current(contract):
    with scopes_disabled():
        return Contract.objects.select_related("product", "customer").get(pk=contract.pk)


def grants(contract, of=None):
    with inside(contract):
        return read_grants(kept_licence(contract, of or contract.product).grants)


def at(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp())


def check(held: Contract) -> None:
    """Compare the kept rows with what is derived now; ``held`` is a contract read long ago."""
    now = current(held)
    with inside(now):
        for one in Product.objects.order_by("pk"):
            row = kept_licence(held, one)
            said, used, stale_at = derive(now, one, the_vendor())
            assert read_grants(row.grants) == said
            assert (row.grants, row.used) == (said.text(), usage_text(used))
            assert row.stale_at == stale_at
            stored = Licence.objects.filter(contract=now, product=one).first()
            assert (stored is None) == (row.ref == "")
            if stored is not None:
                assert (stored.grants, stored.used) == (row.grants, row.used)
                with mock.patch.object(kept, "_derive_at", side_effect=AssertionError("derived without need")):
                    kept_licence(held, one)


MOVES = st.sampled_from([timedelta(hours=1), timedelta(hours=12), timedelta(days=1), timedelta(days=9)])
HAPPENS = st.lists(st.one_of(MOVES, *steps.STEPS.values()), min_size=1, max_size=10)


@pytest.mark.slow
@settings(
    max_examples=max(60, STEPS // 100),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(happens=HAPPENS)
def test_the_kept_row_says_what_is_derived_whatever_happens(tmp_path, happens):
    with transaction.atomic():
        now = NOON
        with clock.at(now):
            booked = ITEMS.replace("medium", "small")
            load(write(tmp_path / "start", catalogue_toml=steps.catalogue(), contract_items_csv=booked))
            held = steps.contract()
            check(held)
        for number, one in enumerate(happens):
            if isinstance(one, timedelta):
                now += one
            with clock.at(now):
                if not isinstance(one, timedelta):
                    one(tmp_path / str(number))
                check(held)
        transaction.set_rollback(True)
    for folder in tmp_path.iterdir():
        for file in folder.iterdir():
            file.unlink()


@pytest.fixture
def agreed():
    vendor()
    made = people.contract(customer())
    booking(made, quantity=3)
    with clock.at(NOON):
        yield made


def limits(contract, **values):
    set_contract_policy(contract_ref=contract.ref, values=usual_values() | values, by=SYSTEM)
    return grants(contract).policy


def test_term_and_items_as_instants_of_the_vendors_days(agreed):
    with scopes_disabled():
        booking(agreed, "maps", item=item("maps", "add_on"), kind="add_on", quantity=1, until=date(2026, 12, 31))
    said = grants(agreed)
    assert (said.starts_at, said.ends_at) == (at(2026, 3, 31, 22), at(2027, 3, 31, 22))
    assert (said.kind, said.edition, said.environment, said.grace_days) == ("subscription", "medium", "production", 30)
    assert [(one.key, one.kind, one.quantity, one.ends_at) for one in said.items] == [
        ("maps", "add_on", 1, at(2026, 12, 31, 23)),
        ("medium", "plan", 3, None),
    ]
    with inside(agreed):
        assert kept_licence(agreed, agreed.product).stale_at == datetime(2026, 12, 31, 23, tzinfo=UTC)


def test_the_next_term_of_a_contract_that_renews_follows_by_itself(agreed):
    with clock.at(datetime(2027, 3, 31, 21, 59, tzinfo=UTC)):
        assert grants(agreed).ends_at == at(2027, 3, 31, 22)
    with clock.at(datetime(2027, 3, 31, 22, 0, tzinfo=UTC)):
        assert grants(agreed).ends_at == at(2028, 3, 31, 22)


def test_a_perpetual_licence_has_no_end_and_its_maintenance_has_one():
    vendor()
    made = people.contract(
        customer(), kind="perpetual", ends_on=None, term_months=None, auto_renews=False, maintenance_until=NOON.date()
    )
    booking(made)
    said = grants(made)
    assert (said.kind, said.ends_at, said.maintained_until) == ("perpetual", None, at(2026, 11, 22, 23))


def test_B98_an_evaluation_ends_by_itself_and_has_no_grace_unless_agreed():
    vendor(grace_days=30)
    fields = {"kind": "evaluation", "auto_renews": False, "term_months": 1, "ends_on": date(2026, 11, 30)}
    made = people.contract(customer(), starts_on=date(2026, 11, 1), **fields)
    agreed = people.contract(customer("2"), "V-2", starts_on=date(2026, 11, 1), grace_days=5, **fields)
    booking(made)
    booking(agreed)
    for months in (0, 1, 13):
        with clock.at(datetime(2026, 11, 15, tzinfo=UTC) + timedelta(days=31 * months)):
            said = grants(made)
            assert (said.kind, said.environment, said.ends_at, said.grace_days) == (
                "evaluation",
                "evaluation",
                at(2026, 11, 30, 23),
                0,
            )
            assert grants(agreed).grace_days == 5


def test_a_product_of_which_nothing_is_booked_is_not_licensed_and_gets_no_row(agreed):
    other = product("rooms")
    assert grants(agreed, other).lacks == "product_not_licensed"
    with scopes_disabled():
        assert not Licence.objects.filter(product=other).exists()
    with scopes_disabled():
        booking(agreed, "rooms", item=item("team", product=other), active_from=date(2026, 12, 1))
        Contract.objects.update(revision=1)
    assert grants(agreed, other).lacks == "product_not_licensed"
    with clock.at(datetime(2026, 11, 30, 23, tzinfo=UTC)):
        said = grants(agreed, other)
        assert (said.lacks, said.edition, [one.key for one in said.items]) == ("", "team", ["team"])
        with inside(agreed):
            assert [one.product.key for one in licences_of(agreed)] == ["acme", "rooms"]


def test_nothing_booked():
    vendor()
    assert grants(people.contract(customer())).lacks == "nothing_booked"


def test_a_contract_withdrawn_before_it_began_grants_nothing():
    vendor()
    made = people.contract(customer(), starts_on=date(2026, 12, 1), ends_on=date(2027, 11, 30))
    booking(made)
    with clock.at(NOON):
        assert grants(made).lacks == ""
    with scopes_disabled():
        Contract.objects.update(cancelled_to=date(2026, 11, 30), revision=1)
    with clock.at(NOON + timedelta(days=10)):
        assert grants(made).lacks == "nothing_booked"


def test_of_several_plans_the_one_with_the_highest_position_decides(agreed):
    with scopes_disabled():
        booking(agreed, "another", item=item("base", position=7))
        Contract.objects.update(revision=1)
    set_plan_policy(plan_key="medium", values=usual_values() | {"enforcement": "advise"}, by=SYSTEM)
    set_plan_policy(plan_key="base", values=usual_values() | {"enforcement": "degrade"}, by=SYSTEM)
    said = grants(agreed)
    assert (said.edition, said.policy.enforcement) == ("base", "degrade")


def test_limits_count_for_each_booked_unit_only_where_they_are_to(agreed):
    assert limits(agreed, model="floating", max_installations=2, max_leases=5).max_leases == 5
    policy = limits(agreed, model="floating", max_installations=2, max_leases=5, per_unit=True)
    assert (policy.max_installations, policy.max_leases) == (6, 15)
    assert limits(agreed, model="node_locked", max_installations=2, max_leases=5).max_leases is None
    assert limits(agreed, model="unlimited", max_installations=2).max_installations is None
    assert limits(agreed, model="node_locked", max_installations=10**9, per_unit=True).max_installations == 10**9


def test_test_installations_come_with_support_unless_the_policy_says_how_many(agreed):
    gold = item("gold", "support")
    SupportPackage.objects.create(item=gold, response_hours=4, test_installations=2)
    with scopes_disabled():
        booking(agreed, "gold", item=gold, kind="support", quantity=5000)
        Contract.objects.update(revision=1)
    assert grants(agreed).policy.test_installations == 2
    assert limits(agreed).test_installations == 2
    assert limits(agreed, test_installations=0).test_installations == 0


@pytest.mark.parametrize(("kind", "expected"), [("gauge", 70), ("counter", 0)])
def test_what_is_used_now(agreed, kind, expected):
    of = people.meter("objects")
    of.kind = kind
    of.save()
    with scopes_disabled():
        for day, quantity in ((date(2026, 11, 2), 40), (date(2026, 11, 20), 70), (date(2026, 12, 24), 90)):
            Reading.objects.create(contract=agreed, meter=of, on=day, quantity=quantity)
    with inside(agreed):
        assert json.loads(kept_licence(agreed, agreed.product).used) == {"objects": 70}
        with clock.at(datetime(2026, 11, 30, 23, tzinfo=UTC)):
            assert json.loads(kept_licence(agreed, agreed.product).used) == {"objects": expected}
        with clock.at(datetime(2026, 12, 23, 23, tzinfo=UTC)):
            assert json.loads(kept_licence(agreed, agreed.product).used) == {"objects": 90}


def test_where_nothing_can_be_written_what_was_derived_holds(agreed):
    with inside(agreed):
        first = kept_licence(agreed, agreed.product)
        Contract.objects.update(suspended=True, revision=9)
        with mock.patch.object(kept, "_kept", side_effect=OperationalError("attempt to write a readonly database")):
            assert read_grants(kept_licence(agreed, agreed.product).grants).suspended
        stored = Licence.objects.get(pk=first.pk)
        assert not read_grants(stored.grants).suspended
        assert read_grants(kept_licence(agreed, agreed.product).grants).suspended


def test_what_was_derived_at_an_older_stamp_overwrites_nothing(agreed):
    """One process reads, another commits a suspension and keeps it, and only then the first writes."""
    with inside(agreed):
        kept_licence(agreed, agreed.product)
        Contract.objects.update(revision=5)
        write_it = kept._kept
        meanwhile = []

        def late(row, derived):
            if not meanwhile:
                meanwhile.append(derived)
                Contract.objects.update(suspended=True, revision=6)
                kept_licence(agreed, agreed.product)
            return write_it(row, derived)

        with mock.patch.object(kept, "_kept", late):
            kept_licence(agreed, agreed.product)
        stored = Licence.objects.get()
        assert (stored.contract_revision, read_grants(stored.grants).suspended) == (6, True)


def test_what_is_committed_while_deriving_is_not_lost(agreed):
    """What was read before the commit is kept at the revision before it, so the next reader derives again."""
    with inside(agreed):
        read = kept.usage_of

        def slow(said):
            used = read(said)
            Contract.objects.update(suspended=True, revision=6)
            return used

        with mock.patch.object(kept, "usage_of", slow):
            assert not read_grants(kept_licence(agreed, agreed.product).grants).suspended
        assert read_grants(kept_licence(agreed, agreed.product).grants).suspended
