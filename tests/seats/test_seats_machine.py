"""Whatever happens to seats, in whatever order: what is held is what the model says, and none is one too many (R83).

A machine of random steps: assign, release, reassign, invite, come, extend, expire, suspend, change of booking.
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
from tests.seats import seating
from torhaus.core import clock
from torhaus.records.models import Record
from torhaus.seats.extend_seat import extend_seat
from torhaus.seats.models import Seat
from torhaus.seats.queries import ended_seats_across_customers
from torhaus.seats.reassign_seat import reassign_seat
from torhaus.seats.refusals import ContractSuspended, EndPassed, MailTaken, NoFreeSeat, NotConvertible
from torhaus.seats.release_seat import end_temporary_seat
from torhaus.seats.report_seats import SeatSaid, report_seats
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.suspend_contract import resume_contract, suspend_contract

# `make prove` asks for at least 10,000 steps: TORHAUS_TEST_STEPS.
STEPS = int(os.environ.get("TORHAUS_TEST_STEPS", "400"))
A_RUN = 40
WHO = st.sampled_from(["ada", "ben", "cleo", "dan", "eve"])
KINDS = st.sampled_from(["full", "guest", "room"])
DAYS = st.integers(-1, 5)
done = {"steps": 0, "deeds": 0, "refused": 0}


class Seats(RuleBasedStateMachine):
    """A contract with full seats, guests that follow them, and data rooms; ``held`` is what should be."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = transaction.atomic()
        self.inside.__enter__()
        self.now, self.held, self.records, self.suspended = people.NOON, {}, 0, False
        self.booked = {"full": 0, "guest": 0, "room": 0}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.inside.__exit__(None, None, None)

    @initialize(full=st.integers(1, 3), room=st.integers(0, 2))
    def agree(self, full, room):
        with clock.at(self.now):
            self.of = seating.contract(full=full, room=room)
        self.booked = {"full": full, "guest": 2 * full, "room": room}

    @rule(kind=st.sampled_from(["full", "room"]), quantity=st.integers(0, 3))
    def book(self, kind, quantity):
        with clock.at(self.now):
            seating.book(self.of, kind, quantity)
        self.booked[kind] = quantity
        self.booked["guest"] = 2 * self.booked["full"]

    @rule(kind=KINDS, who=WHO, days=st.none() | DAYS)
    def assign(self, kind, who, days):
        holder = seating.someone(who) if kind != "room" else seating.Holder(who)
        ends = None if days is None else self.today() + timedelta(days=days)
        expected = self._refusal(kind, holder.mail, ends)
        with clock.at(self.now):
            seat = self._tried(expected, lambda: seating.assign(self.of, holder, kind, ends_on=ends))
        if seat is not None:
            self.held[seat.ref] = {
                "kind": kind,
                "who": holder.mail or holder.name,
                "ends": ends,
                "came": False,
                "owns": 0,
            }

    @precondition(lambda self: self.held)
    @rule(data=st.data(), who=WHO)
    def reassign(self, data, who):
        seat = self._one(data)
        kind, mail = seat["kind"], f"{who}@nordwind.example"
        holder = seating.someone(who) if kind != "room" else seating.Holder(who)
        same = seat["who"] == (holder.mail or holder.name)
        others = [one for ref, one in self.held.items() if ref != seat["ref"] and one["who"] == mail]
        expected = None
        if kind != "room" and not same and others:
            taken = any(one["kind"] == kind for one in others)
            expected = (MailTaken, NotConvertible) if len(others) > 1 else MailTaken if taken else NotConvertible
        with clock.at(self.now):
            moved = self._tried(
                expected,
                lambda: reassign_seat(contract_ref=self.of.ref, seat_ref=seat["ref"], holder=holder, by=people.SYSTEM),
                nothing=same,
            )
        if moved is not None and not same:
            assert (moved.ref, moved.owned_bytes) == (seat["ref"], seat["owns"]), "it keeps what it owns"
            self.held[seat["ref"]] |= {"who": holder.mail or holder.name, "came": False}

    @precondition(lambda self: self.held)
    @rule(data=st.data(), repeated=st.booleans())
    def release(self, data, repeated):
        seat = self._one(data)
        with clock.at(self.now):
            freed = seating.release(self.of, Seat(ref=seat["ref"]))
            if repeated:
                seating.release(self.of, Seat(ref=seat["ref"]))
        assert freed.deletes == (seat["kind"] != "guest")
        self._did()
        del self.held[seat["ref"]]

    @precondition(lambda self: self.held)
    @rule(data=st.data(), owns=st.integers(0, 9))
    def come(self, data, owns):
        seat = self._one(data)
        said = SeatSaid(seat["ref"], self.now, owns)
        with clock.at(self.now):
            report_seats(contract_ref=self.of.ref, said=[said], by=people.SYSTEM)
        self.records += not seat["came"]
        self.held[seat["ref"]] |= {"came": True, "owns": owns}

    @precondition(lambda self: self.held)
    @rule(data=st.data(), days=st.none() | DAYS)
    def extend(self, data, days):
        seat = self._one(data)
        ends = None if days is None else self.today() + timedelta(days=days)
        expected = EndPassed if ends is not None and ends < self.today() else None
        with clock.at(self.now):
            done_so = self._tried(
                expected,
                lambda: extend_seat(contract_ref=self.of.ref, seat_ref=seat["ref"], ends_on=ends, by=people.SYSTEM),
                nothing=ends == seat["ends"],
            )
        if done_so is not None:
            self.held[seat["ref"]]["ends"] = ends

    @rule(days=st.integers(0, 3))
    def days_go_by_and_seats_expire(self, days):
        self.now += timedelta(days=days)
        with clock.at(self.now):
            for pk in ended_seats_across_customers(self.today()):
                end_temporary_seat(seat_id=pk)
        over = [ref for ref, one in self.held.items() if one["ends"] is not None and one["ends"] < self.today()]
        for ref in over:
            del self.held[ref]
            self._did()

    @rule(suspended=st.sampled_from([False, False, False, True]))
    def suspend_or_resume(self, suspended):
        if suspended != self.suspended:
            act = suspend_contract if suspended else resume_contract
            with clock.at(self.now):
                act(contract_ref=self.of.ref, by=people.SYSTEM)
        self.suspended = suspended

    @invariant()
    def what_is_held_is_what_the_model_says(self):
        done["steps"] += 1
        with scopes_disabled():
            rows = list(Seat.objects.select_related("kind"))
            records = Record.objects.filter(deed__in=DEEDS).count()
        held = {row.ref: row for row in rows if row.released_at is None}
        assert set(held) == set(self.held)
        for ref, one in self.held.items():
            row = held[ref]
            assert (row.kind.key, row.mail or row.name, row.ends_on) == (one["kind"], one["who"], one["ends"])
            assert (row.state == "active", row.owned_bytes) == (one["came"], one["owns"])
        assert not any(row.name or row.mail for row in rows if row.released_at is not None)
        assert records == self.records, "each deed has one record, and what was refused has none"

    @precondition(lambda self: hasattr(self, "of"))
    @invariant()
    def the_account_adds_up(self):
        with clock.at(self.now), scopes_disabled():
            of = Contract.objects.select_related("customer").get(pk=self.of.pk)
            found = seating.standing(of)
        for key, booked in self.booked.items():
            used = [one for one in self.held.values() if one["kind"] == key]
            if not booked and not used:
                continue
            count = found[key]
            assert (count.booked, count.used) == (booked, len(used))
            assert count.invited == len([one for one in used if not one["came"]])
            assert (count.available, count.over) == (max(0, booked - len(used)), max(0, len(used) - booked))

    def today(self):
        with clock.at(self.now):
            return clock.today("Europe/Berlin")

    def _refusal(self, kind, mail, ends):
        """Give why an assignment is refused, in the order in which it is looked at; None if it is not."""
        if self.suspended:
            return ContractSuspended
        if ends is not None and ends < self.today():
            return EndPassed
        if kinds := [one["kind"] for one in self.held.values() if mail and one["who"] == mail]:
            return (MailTaken, NotConvertible) if len(kinds) > 1 else MailTaken if kind in kinds else NotConvertible
        return (
            NoFreeSeat if len([one for one in self.held.values() if one["kind"] == kind]) >= self.booked[kind] else None
        )

    def _tried(self, expected, act, *, nothing=False):
        if expected is None:
            result = act()
            if not nothing:
                self._did()
            return result
        with pytest.raises(expected):
            act()
        done["refused"] += 1
        return None

    def _did(self):
        self.records += 1
        done["deeds"] += 1

    def _one(self, data):
        # In the order in which they came: their references are random, and the same draw has to mean the same seat.
        ref = data.draw(st.sampled_from(list(self.held)))
        return self.held[ref] | {"ref": ref}


DEEDS = ("assign_seat", "release_seat", "reassign_seat", "extend_seat", "end_temporary_seat", "report_seats")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.django_db
def test_R83_seats_hold_their_invariants_whatever_happens():
    people.vendor()
    run_state_machine_as_test(
        Seats,
        settings=settings(
            max_examples=max(1, STEPS // A_RUN),
            stateful_step_count=A_RUN,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"\n{done['steps']} steps: {done['deeds']} deeds, {done['refused']} refusals")
    assert done["steps"] >= STEPS // 2
