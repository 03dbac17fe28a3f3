"""Whatever happens to places, in whatever order: the counts are those of the rows, and none is taken beyond a ceiling.

A machine of random steps against a small model of what is agreed: activations, ends, removals, leases, time, limits.
"""

import os
from datetime import timedelta

import pytest
from django.db import transaction
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests import people
from tests.licensing import places
from torhaus.core import clock
from torhaus.licensing import tidying
from torhaus.licensing.activate_installation import TooManyInstallations
from torhaus.licensing.grants import Policy
from torhaus.licensing.leases import give_lease_back, holder_of, take_lease
from torhaus.licensing.models import Installation, Lease, Licence, RemovedBy

# `make prove` asks for 20,000 steps: TORHAUS_TEST_STEPS.
STEPS = int(os.environ.get("TORHAUS_TEST_STEPS", "2000"))
A_RUN = 40
MACHINES = st.sampled_from("abcd")
ENVIRONMENTS = st.sampled_from(["", "production", "test", "development"])
LIMITS = st.one_of(st.none(), st.integers(0, 4))
OVERAGES = st.sampled_from([("refuse", 0), ("percent", 50), ("report", 0)])


class Places(RuleBasedStateMachine):
    """One floating licence whose machines come, go and change, under limits that change too."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = transaction.atomic()
        self.inside.__enter__()
        self.now = self.latest = people.NOON
        self.names: dict[str, str] = {}
        self.told: dict[str, object] = {}  # until when each holder was told to have its lease

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.inside.__exit__(None, None, None)

    @initialize(installations=LIMITS, leases=LIMITS, tests=st.integers(0, 2), overage=OVERAGES)
    def agree(self, installations, leases, tests, overage):
        self.contract = places.contract()
        self.agree_anew(installations, leases, tests, overage)

    @rule(installations=LIMITS, leases=LIMITS, tests=st.integers(0, 2), overage=OVERAGES)
    def agree_anew(self, installations, leases, tests, overage):
        self.policy = Policy(
            model="floating", max_installations=installations, max_leases=leases, test_installations=tests,
            overage=overage[0], overage_percent=overage[1], lease_seconds=600,
        )  # fmt: skip
        places.policy(
            self.contract, model="floating", max_installations=installations, max_leases=leases,
            test_installations=tests, overage=overage[0], overage_percent=overage[1], lease_seconds=600,
        )  # fmt: skip

    @rule(seconds=st.integers(-900, 1500))
    def time_goes_on_or_is_set_back(self, seconds):
        self.now += timedelta(seconds=seconds)
        self.latest = max(self.latest, self.now)

    @precondition(lambda self: self._running())
    @rule(data=st.data(), environment=ENVIRONMENTS)
    def activate_again_elsewhere(self, data, environment):
        names = {self.names[row.ref] for row in self._rows()}
        self.activate(data.draw(st.sampled_from(sorted(names))), environment)

    @rule(machine=MACHINES, environment=ENVIRONMENTS)
    def activate(self, machine, environment):
        before, running, keep = self._licence(), self._running(), self._first_holders()
        with clock.at(self.now):
            try:
                made = places.activate(self.contract, machine, environment=environment)
            except TooManyInstallations:
                ceiling = self.policy.ceiling(self.policy.max_installations)
                assert ceiling is not None
                assert before is None or before.installations >= ceiling
                assert self._running() == running
                return
        self.names[made.installation.ref] = machine
        if made.created and made.installation.counts:
            self._within(made.licence.installations, self.policy.max_installations)
        if made.created and not made.installation.counts:
            assert self._tests() <= self.policy.test_installations
        if not made.installation.counts:
            self._forget(made.installation)  # a test that does not count needs no lease
        if made.lease_until:
            self._told(made.installation.ref, made.lease_until)
        elif made.installation.counts:
            assert made.installation.ref not in keep
            self.told.pop(made.installation.ref, None)

    @precondition(lambda self: self._running())
    @rule(data=st.data(), by=st.sampled_from(RemovedBy))
    def end(self, data, by):
        row = data.draw(st.sampled_from(self._rows()))
        with clock.at(self.now):
            ended = places.deactivate(self.contract, row) if by == "product" else places.remove(self.contract, row, by)
        assert ended.removed_by == by
        self._forget(row)

    @precondition(lambda self: self._running())
    @rule(data=st.data(), process=st.sampled_from(["", "1", "2"]))
    def heartbeat(self, data, process):
        row = data.draw(st.sampled_from(self._rows()))
        if not row.counts:
            return
        holder, had, keep = holder_of(row.ref, process), self._had(row, process), self._first_holders()
        until = take_lease(
            licence_id=row.licence_id, installation_id=row.pk, holder=holder, policy=self.policy, now=self.now
        )
        if until is None:
            ceiling = self.policy.ceiling(self.policy.max_leases)
            assert holder not in keep
            self.told.pop(holder, None)  # of more than are agreed by now, and told so
            assert self._licence().leases >= ceiling
            with scopes_disabled():
                assert not Lease.objects.filter(expires_at__lte=self.now).exists(), "one that ran out was free"
            return
        if not had:
            self._within(self._licence().leases, self.policy.max_leases)
        self._told(holder, until)

    @precondition(lambda self: self._running())
    @rule(data=st.data(), process=st.sampled_from(["", "1", "2"]))
    def give_back(self, data, process):
        row = data.draw(st.sampled_from(self._rows()))
        holder, had = holder_of(row.ref, process), self._had(row, process)
        assert give_lease_back(licence_id=row.licence_id, holder=holder) == had
        self.told.pop(holder, None)

    @rule()
    def the_clockwork_turns(self):
        with clock.at(self.now):
            tidying.collect_all_ended_leases()
            assert tidying.recount_places() == 0

    @invariant()
    def counts_are_those_of_the_rows(self):
        assert tidying.miscounted_across_customers() == []

    @invariant()
    def who_was_told_to_have_a_lease_has_it(self):
        with scopes_disabled():
            held = dict(Lease.objects.values_list("holder", "expires_at"))
        for holder, until in self.told.items():
            # What was over at the latest moment there ever was may be somebody else's by now.
            assert held.get(holder) == until or until <= self.latest

    def _told(self, holder, until) -> None:
        assert until >= self.told.get(holder, until), "what was promised is not taken back"
        self.told[holder] = until

    def _first_holders(self) -> list[str]:
        """Those whose leases run and are among as many as are agreed, the first to take one first."""
        with scopes_disabled():
            running = Lease.objects.filter(expires_at__gt=self.now).order_by("taken_at", "pk")
            return list(running.values_list("holder", flat=True))[: self.policy.ceiling(self.policy.max_leases)]

    def _forget(self, row) -> None:
        self.told = {holder: until for holder, until in self.told.items() if not holder.startswith(row.ref)}

    def _within(self, used, limit) -> None:
        ceiling = self.policy.ceiling(limit)
        assert ceiling is None or used <= ceiling

    def _licence(self) -> Licence | None:
        with scopes_disabled():
            return Licence.objects.first()

    def _rows(self) -> list[Installation]:
        with scopes_disabled():
            return list(Installation.objects.filter(removed_at__isnull=True).order_by("pk"))

    def _running(self) -> int:
        return len(self._rows())

    def _tests(self) -> int:
        return len([row for row in self._rows() if not row.counts])

    def _had(self, row, process) -> bool:
        with scopes_disabled():
            return Lease.objects.filter(holder=holder_of(row.ref, process)).exists()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.django_db
def test_counts_and_rows_agree_whatever_happens():
    people.vendor()
    run_state_machine_as_test(
        Places,
        settings=settings(
            max_examples=max(1, STEPS // A_RUN),
            stateful_step_count=A_RUN,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
