"""What becomes of seats: reassigned, released, extended, ended by themselves, and reported by the product."""

from datetime import date, timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.seats.seating import assign, contract, held, release, someone, standing
from torhaus.core import clock
from torhaus.journeys import tasks
from torhaus.journeys.tasks import tend_temporary_seats
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact
from torhaus.records.models import PersonalValue, Record
from torhaus.seats.account import held_and_peaks
from torhaus.seats.extend_seat import extend_seat
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.reassign_seat import reassign_seat
from torhaus.seats.refusals import EndPassed, MailTaken, NotConvertible, SeatReleased, UnknownSeat
from torhaus.seats.report_seats import SeatSaid, report_seats
from torhaus.seats.rules import Count
from torhaus.subscriptions.models import Contract

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
TODAY = people.NOON.date()


def deeds(name: str) -> list[dict]:
    with scopes_disabled():
        return list(Record.objects.filter(deed=name).order_by("pk").values_list("after", flat=True))


def now(seat: Seat) -> Seat:
    with scopes_disabled():
        return Seat.objects.get(pk=seat.pk)


def reassign(of, seat, who="ben"):
    return reassign_seat(contract_ref=of.ref, seat_ref=seat.ref, holder=someone(who), by=people.SYSTEM)


def report(of, *said):
    return report_seats(contract_ref=of.ref, said=said, by=people.SYSTEM)


def extend(of, seat, ends_on):
    return extend_seat(contract_ref=of.ref, seat_ref=seat.ref, ends_on=ends_on, by=people.SYSTEM)


def test_B86_B87_a_reassigned_seat_keeps_its_reference_and_what_it_owns():
    of = contract()
    seat = assign(of)
    report(of, SeatSaid(seat.ref, people.NOON, 5_000))
    before = standing(of)
    new = reassign(of, seat)
    assert (new.ref, new.mail, new.owned_bytes) == (seat.ref, "ben@nordwind.example", 5_000)
    assert (now(seat).state, now(seat).last_seen_at) == (SeatState.INITIATED, None)
    assert (standing(of)["full"].used, standing(of)["full"].invited) == (before["full"].used, 1)
    assert deeds("reassign_seat") == [{"contract": of.number, "seat": seat.ref, "kind": "full", "owned_bytes": 5_000}]
    reassign(of, seat)
    assert len(deeds("reassign_seat")) == 1, "repeated, nothing is done"


def test_a_corrected_name_leaves_the_holder_where_they_are():
    of = contract()
    seat = assign(of)
    report(of, SeatSaid(seat.ref, people.NOON))
    reassign_seat(
        contract_ref=of.ref, seat_ref=seat.ref, holder=someone(name="Ada Li", mail=seat.mail), by=people.SYSTEM
    )
    assert (now(seat).name, now(seat).state) == ("Ada Li", SeatState.ACTIVE)


def test_a_seat_goes_to_nobody_who_has_one_and_to_no_guest():
    of = contract()
    seat, other, guest = assign(of), assign(of, "ben"), assign(of, "gus", "guest")
    for who, refusal, about in (("ben", MailTaken, other), ("gus", NotConvertible, guest)):
        with pytest.raises(refusal) as refused:
            reassign(of, seat, who)
        assert refused.value.about == about.ref
    assert now(seat).mail == "ada@nordwind.example"


@pytest.mark.parametrize(("kind", "deletes"), [("full", True), ("guest", False)])
def test_B83_B84_released_a_seat_is_free_and_says_what_becomes_of_what_it_owned(kind, deletes):
    of = contract()
    seat = assign(of, kind=kind)
    report(of, SeatSaid(seat.ref, owned_bytes=7))
    released = release(of, seat)
    assert released.deletes is deletes
    assert standing(of)[kind].used == 0
    assert (now(seat).mail, now(seat).name) == ("", "")
    [said] = deeds("release_seat")
    assert (said["deletes"], said["owned_bytes"]) == (deletes, 7)
    assert PersonalValue.objects.filter(record__deed="release_seat", value="ada@nordwind.example").exists()
    assert release(of, seat).deletes is deletes
    assert len(deeds("release_seat")) == 1, "repeated, nothing is done"


def test_what_is_another_contracts_or_released_is_left_alone():
    of, other = contract(), contract("V-2026-002")
    seat = assign(other)
    for act in (lambda: release(of, seat), lambda: reassign(of, seat), lambda: extend(of, seat, None)):
        with pytest.raises(UnknownSeat):
            act()
    with pytest.raises(UnknownSeat):
        report(of, SeatSaid(seat.ref, people.NOON))
    release(other, seat)
    for act in (lambda: reassign(other, seat), lambda: report(other, SeatSaid(seat.ref, people.NOON))):
        with pytest.raises(SeatReleased):
            act()


def test_B103_a_holder_who_was_seen_is_active_and_last_seen_never_goes_back():
    of = contract()
    seat, ben = assign(of), assign(of, "ben")
    report(of, SeatSaid(seat.ref, people.NOON), SeatSaid(ben.ref, owned_bytes=1))
    assert (now(seat).state, now(ben).state) == (SeatState.ACTIVE, SeatState.INITIATED)
    report(of, SeatSaid(seat.ref, people.NOON - timedelta(days=3), 9))
    assert (now(seat).last_seen_at, now(seat).owned_bytes) == (people.NOON, 9)
    report(of, SeatSaid(seat.ref, people.NOON + timedelta(days=3)))
    assert now(seat).last_seen_at == people.NOON, "nobody was seen in the future"
    assert deeds("report_seats") == [{"contract": of.number, "active": [seat.ref]}]
    with pytest.raises(UnknownSeat):
        report(of, SeatSaid(ben.ref, people.NOON), SeatSaid("nobodyknows1", people.NOON))
    assert now(ben).state == SeatState.INITIATED, "all or none"


def test_B93_a_temporary_seat_ends_by_itself_after_a_notice():
    of = contract()
    with scopes_disabled():
        Contact.objects.create(
            customer=of.customer, role="technical", name="Ida", mail="it@nordwind.example", language="de"
        )
    seat = assign(of, "gus", "guest", ends_on=TODAY + timedelta(days=10))
    assign(of)
    tend_temporary_seats.call()
    assert not told()
    with clock.at(people.NOON + timedelta(days=3)):
        tend_temporary_seats.call()
        tend_temporary_seats.call()
    [mail] = told()
    assert (mail.recipient, mail.subject) == (
        "it@nordwind.example",
        f"Vertrag {of.number}: Ein befristeter Platz endet bald",
    )
    assert "Gus" in mail.text
    assert seat.ref in mail.text
    with clock.at(people.NOON + timedelta(days=10)):
        tend_temporary_seats.call()
    assert now(seat).released_at is None, "its last day is its own"
    with clock.at(people.NOON + timedelta(days=11)):
        tend_temporary_seats.call()
        tend_temporary_seats.call()
    assert now(seat).released_at is not None
    assert held(of) == [("full", 1, "ada@nordwind.example")]
    assert standing(of)["guest"] == Count(4, 0)
    assert [len(deeds(name)) for name in ("warn_of_ending_seat", "end_temporary_seat")] == [1, 1]


def told() -> list[Mail]:
    with scopes_disabled():
        return list(Mail.objects.filter(template="seat_ends").order_by("pk"))


def test_B93_an_extended_seat_goes_on_and_is_told_of_anew():
    of = contract()
    with scopes_disabled():
        Contact.objects.create(customer=of.customer, role="technical", mail="it@nordwind.example", language="en")
    seat = assign(of, "gus", "guest", ends_on=TODAY)
    tend_temporary_seats.call()
    assert extend(of, seat, TODAY + timedelta(days=1)).ends_on == TODAY + timedelta(days=1)
    extend(of, seat, TODAY + timedelta(days=1))
    assert len(deeds("extend_seat")) == 1, "repeated, nothing is done"
    with clock.at(people.NOON + timedelta(days=1)):
        tend_temporary_seats.call()
        assert now(seat).released_at is None
        extend(of, seat, None)
    with clock.at(people.NOON + timedelta(days=400)):
        tend_temporary_seats.call()
    assert (now(seat).released_at, len(told())) == (None, 2)
    with pytest.raises(EndPassed):
        extend(of, seat, date(2026, 11, 21))


def test_a_notice_that_fails_keeps_no_seat_from_becoming_free(monkeypatch):
    of = contract()
    over = assign(of, "gus", "guest", ends_on=TODAY)
    assign(of, "gil", "guest", ends_on=TODAY + timedelta(days=3))

    def broken(**_):
        raise RuntimeError("no letter")

    monkeypatch.setattr(tasks.ending, "warn_of_ending_seat", broken)
    with clock.at(people.NOON + timedelta(days=1)), pytest.raises(RuntimeError):
        tend_temporary_seats.call()
    assert now(over).released_at is not None


def test_a_seat_extended_since_it_was_looked_up_is_told_of_later():
    of = contract()
    seat = assign(of, "gus", "guest", ends_on=TODAY + timedelta(days=5))
    extend(of, seat, TODAY + timedelta(days=300))
    assert tasks.ending.warn_of_ending_seat(seat_id=seat.pk) == []
    assert now(seat).end_told_at is None


def test_a_late_report_of_the_holder_before_makes_nobody_active():
    of = contract()
    seat = assign(of)
    with clock.at(people.NOON + timedelta(hours=2)):
        reassign(of, seat)
        report(of, SeatSaid(seat.ref, people.NOON + timedelta(hours=1)))
        assert (now(seat).state, now(seat).last_seen_at) == (SeatState.INITIATED, None)
        report(of, SeatSaid(seat.ref, people.NOON + timedelta(hours=2)))
        assert now(seat).state == SeatState.ACTIVE


def test_B85_a_guest_becomes_no_full_holder_when_the_contract_is_over():
    of = contract()
    seat = assign(of)
    assign(of, "gus", "guest")
    with scopes_disabled():
        Contract.objects.filter(pk=of.pk).update(auto_renews=False, ends_on=TODAY - timedelta(days=1))
    with pytest.raises(NotConvertible):
        reassign(of, seat, "gus")


def test_what_many_seats_own_together_can_be_summed():
    of = contract(full=1100)
    kind = assign(of).kind
    with scopes_disabled():
        Seat.objects.bulk_create(
            Seat(contract=of, kind=kind, place=place, mail=f"p{place}@nordwind.example", assigned_at=people.NOON,
                 owned_bytes=2**53 - 1)
            for place in range(2, 1101)
        )  # fmt: skip
    assert held_and_peaks(of, people.NOON).owned_bytes[kind.pk] >= 2**62


def test_without_a_vendor_there_is_nothing_to_tend():
    tend_temporary_seats.call()
