"""Leases of floating licences: taken, extended, given back, run out, and what a wrong clock does to them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.licensing import places
from tests.licensing.places import activate, counts, policy, policy_of
from torhaus.core import clock
from torhaus.licensing.grants import Policy
from torhaus.licensing.leases import collect_ended_leases, give_lease_back, holder_of, take_lease
from torhaus.licensing.models import Lease, Licence
from torhaus.licensing.tidying import collect_all_ended_leases

pytestmark = pytest.mark.django_db
NOON = people.NOON
MINUTES = timedelta(minutes=1)


class Floating:
    """A floating licence with one installation, whose processes take the leases."""

    def __init__(self, **fields) -> None:
        self.contract = places.contract(**{"model": "floating", "max_leases": 2, "lease_seconds": 600} | fields)
        with clock.at(NOON):
            self.installation = activate(self.contract).installation
        self.licence_id = self.installation.licence_id
        give_lease_back(licence_id=self.licence_id, holder=self.installation.ref)
        self.policy = Policy(model="floating", max_leases=2, lease_seconds=600)

    def take(self, process, at=NOON, **changed):
        """Take a lease for a process at an instant."""
        return take_lease(
            licence_id=self.licence_id,
            installation_id=self.installation.pk,
            holder=holder_of(self.installation.ref, process),
            policy=changed.pop("policy", self.policy),
            now=at,
        )

    def back(self, process) -> bool:
        """Give the lease of a process back."""
        return give_lease_back(licence_id=self.licence_id, holder=holder_of(self.installation.ref, process))


def test_a_lease_holds_as_long_as_was_agreed_and_no_more_are_given_than_agreed():
    one = Floating()
    assert one.take("a") == NOON + 10 * MINUTES
    assert one.take("b", NOON + MINUTES) == NOON + 11 * MINUTES
    assert one.take("c", NOON + 2 * MINUTES) is None
    assert counts() == (1, 2)
    with scopes_disabled():
        assert [lease.holder[-1] for lease in Lease.objects.order_by("taken_at")] == ["a", "b"]


def test_a_heartbeat_extends_its_lease_and_takes_no_second_one():
    one = Floating()
    one.take("a")
    assert one.take("a", NOON + 5 * MINUTES) == NOON + 15 * MINUTES
    assert counts() == (1, 1)


def test_extending_locks_nothing_but_the_lease():
    one = Floating()
    one.take("a")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        one.take("a", NOON + MINUTES)
    written = [query["sql"] for query in asked if query["sql"].startswith("UPDATE") or "FOR NO KEY" in query["sql"]]
    assert len(written) == 1, written
    assert written[0].startswith('UPDATE "licensing_lease"')
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 2


def test_a_number_that_was_wrong_keeps_nobody_from_giving_back():
    one = Floating()
    one.take("a"), one.take("b")
    with scopes_disabled():
        Licence.objects.update(leases=1)
    assert collect_ended_leases(licence_id=one.licence_id, now=NOON + timedelta(hours=1)) == 2
    assert counts() == (1, 0)


def test_given_back_it_is_free_at_once():
    one = Floating()
    one.take("a"), one.take("b")
    assert one.back("a")
    assert not one.back("a")
    assert one.take("c", NOON + MINUTES)
    assert counts() == (1, 2)


def test_one_that_ran_out_is_given_to_who_needs_it_and_to_nobody_before():
    one = Floating()
    one.take("a"), one.take("b", NOON + 5 * MINUTES)
    assert one.take("c", NOON + 10 * MINUTES - timedelta(seconds=1)) is None
    assert one.take("c", NOON + 10 * MINUTES) == NOON + 20 * MINUTES
    assert one.take("a", NOON + 11 * MINUTES) is None, "its place went on"
    assert counts() == (1, 2)


def test_one_that_ran_out_and_nobody_needed_is_extended_by_its_holder():
    one = Floating()
    one.take("a")
    assert one.take("a", NOON + timedelta(hours=5)) == NOON + timedelta(hours=5) + 10 * MINUTES
    assert counts() == (1, 1)


@pytest.mark.parametrize(("overage", "room"), [("refuse", 4), ("percent", 6), ("report", 12)])
def test_beyond_the_limit_the_policy_decides(overage, room):
    one = Floating()
    agreed = Policy(model="floating", max_leases=4, overage=overage, overage_percent=50)
    assert all(one.take(f"p{n}", policy=agreed) for n in range(room))
    if overage != "report":
        assert one.take("one more", policy=agreed) is None
    assert counts() == (1, room)


def test_without_a_limit_there_is_always_one():
    one = Floating()
    assert all(one.take(f"p{n}", policy=Policy(model="floating")) for n in range(20))


def test_less_agreed_later_ends_no_lease_but_gives_none_either():
    one = Floating()
    one.take("a"), one.take("b")
    less = Policy(model="floating", max_leases=1)
    assert one.take("a", NOON + MINUTES, policy=less)
    one.back("b")
    assert one.take("c", NOON + MINUTES, policy=less) is None
    one.back("a")
    assert one.take("c", NOON + MINUTES, policy=less)


def test_less_agreed_later_the_last_holder_gets_a_place_that_ran_out_with_its_own():
    one = Floating()
    assert all([one.take("a"), one.take("b")])
    less = Policy(model="floating", max_leases=1, lease_seconds=600)
    assert one.take("b", NOON + 10 * MINUTES, policy=less) == NOON + 20 * MINUTES
    assert counts() == (1, 1)
    assert one.take("a", NOON + 11 * MINUTES, policy=less) is None


def test_a_clock_that_went_back_gives_no_place_twice_and_shortens_no_lease():
    one = Floating()
    until = one.take("a"), one.take("b")
    early = NOON - timedelta(hours=3)
    assert one.take("c", early) is None
    assert collect_ended_leases(licence_id=one.licence_id, now=early) == 0
    assert one.take("a", early) == until[0], "what was promised until an instant is held until then"
    assert one.take("c", NOON + 9 * MINUTES) is None
    assert counts() == (1, 2)


def test_a_shorter_time_agreed_later_shortens_no_lease():
    one = Floating()
    one.take("a")
    assert one.take("a", NOON, policy=Policy(model="floating", max_leases=2, lease_seconds=60)) == NOON + 10 * MINUTES


def test_an_instance_whose_clock_is_late_promises_no_more_than_it_stores():
    """What its answer says is what the others compare with: nobody believes in a place that went on."""
    one = Floating()
    told = one.take("a", NOON - timedelta(hours=1))
    with scopes_disabled():
        assert Lease.objects.get().expires_at == told


def test_an_installation_of_another_licence_gets_none():
    mine, theirs = Floating(), places.contract("V-1002")
    other = activate(theirs).installation
    taken = take_lease(
        licence_id=mine.licence_id, installation_id=other.pk, holder=other.ref, policy=mine.policy, now=NOON
    )
    assert taken is None
    with scopes_disabled():
        assert Licence.objects.get(pk=mine.licence_id).leases == Lease.objects.count() == 0


def test_the_database_itself_refuses_one_too_many():
    one = Floating()
    one.take("a"), one.take("b")
    with scopes_disabled(), pytest.raises(IntegrityError, match="licence_leases_within"), transaction.atomic():
        Licence.objects.update(leases=3)


def test_the_clockwork_collects_what_ran_out_at_every_customer():
    one = Floating()
    one.take("a"), one.take("b", NOON + 5 * MINUTES)
    with clock.at(NOON + 12 * MINUTES):
        assert collect_all_ended_leases() == 1
        assert collect_all_ended_leases() == 0
    assert counts() == (1, 1)
    with clock.at(NOON + 15 * MINUTES):
        assert collect_all_ended_leases() == 1
    assert counts() == (1, 0)


def test_the_policy_of_the_contract_reaches_its_leases():
    of = places.contract(model="floating", max_leases=1, per_unit=False, lease_seconds=120)
    with clock.at(NOON):
        made = activate(of)
    assert policy_of(made).lease_seconds == 120
    assert made.lease_until == NOON + 2 * MINUTES
    policy(of, model="unlimited")
    assert activate(of).lease_until is None
