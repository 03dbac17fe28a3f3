"""Holders who were not seen for long are reminded: seen before what is sent, once in seven days, and until they want none."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled
from django_tasks_db.models import DBTaskResult

from tests import people
from tests.seats import seating
from tests.web.test_seats import names, signed_in
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.core.link_codes import with_codes
from torhaus.journeys import tasks
from torhaus.notices.models import Mail
from torhaus.records.models import Record
from torhaus.seats.holders import Holder
from torhaus.seats.models import Seat
from torhaus.seats.reassign_seat import reassign_seat
from torhaus.seats.report_seats import SeatSaid, report_seats
from torhaus.subscriptions.models import Contract
from torhaus.web.seats import reminders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
PAGE = "/seats/remind/"
IDLE = "/seats/remind/?unseen=90"


@pytest.fixture
def contract(db):
    made = seating.contract(full=8)
    with scopes_disabled():
        type(made.customer).objects.update(language="de")
    return made


def second_contract(first):
    """Another contract of the same customer."""
    made = people.contract(first.customer, "V-2026-002")
    people.booking(made)
    seating.book(made, "full", 3)
    return made


def idle(of, who: str, days: int = 100, kind="full") -> Seat:
    """Somebody who was seen so many days ago."""
    with clock.at(people.NOON - timedelta(days=200)):
        seat = seating.assign(of, who, kind)
    said = SeatSaid(seat.ref, people.NOON - timedelta(days=days))
    report_seats(contract_ref=of.ref, said=[said], by=people.SYSTEM)
    return seat


def send(client: Client, query: str = "unseen=90", **more):
    """Look at the page, and confirm what it shows."""
    shown = re.search(r'name="shown" value="(\w+)"', client.get(f"{PAGE}?{query}").content.decode())
    said = dict(one.split("=") for one in query.split("&"))
    return client.post(PAGE, said | {"shown": shown[1] if shown else ""} | more, follow=True)


def work() -> None:
    """Do what the worker does, twice, as after a crash."""
    for _ in "ab":
        for job in DBTaskResult.objects.filter(task_path__endswith="mail_seat_reminders"):
            tasks.mail_seat_reminders.func(*job.args_kwargs["args"])


def mails() -> list[Mail]:
    with scopes_disabled():
        return list(Mail.objects.filter(template="seat_reminder").order_by("pk"))


def row(seat: Seat) -> Seat:
    with scopes_disabled():
        return Seat.objects.get(pk=seat.pk)


def records(*deeds: str) -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed__in=deeds or ["remind_seats"]).order_by("pk"))


def test_idle_holders_are_shown_with_the_mail_and_reminded_once_in_seven_days(contract):
    ben, cleo = idle(contract, "ben"), idle(contract, "cleo", 120)
    people.person("cleo@nordwind.example", language="en")
    client = signed_in(contract)
    assert 'href="/seats/remind/?unseen=90"' in client.get("/seats/?unseen=90").content.decode()
    shown = words(client.get(IDLE))
    assert "2 holders who were not seen for long get a mail. Nothing is sent yet." in shown
    assert "Cleo cleo@nordwind.example Full seat 120 days" in shown
    assert "The mail in German, to 1 holder Ihr Platz in Acme wartet auf Sie Guten Tag Ben," in shown
    assert "The mail in English, to 1 holder Your seat in Acme waits for you Hello Cleo," in shown
    assert not mails()
    assert not records()
    assert "Reminders to 2 holders are on their way." in words(send(client))
    work()
    assert {(one.recipient, one.language) for one in mails()} == {
        ("ben@nordwind.example", "de"),
        ("cleo@nordwind.example", "en"),
    }
    [record] = records()
    assert (record.actor_kind, sorted(record.after["seats"])) == ("person", sorted([ben.ref, cleo.ref]))
    listed = words(client.get("/seats/?unseen=90"))
    assert listed.count("reminded 2026-11-22") == 2
    assert "Reminded 2026-11-22" in words(client.get(f"/seats/{ben.ref}/"))
    again = words(client.get(IDLE))
    assert "2 holders were reminded within the last seven days." in again
    assert "Nobody is to be reminded now" in again
    assert "0 holders" not in again
    assert "Nothing is sent yet." not in again
    german = words(signed_in(contract, "de").get(IDLE))
    assert "Derzeit ist niemand zu erinnern" in german
    assert "Nobody was left to be reminded." in words(send(client))
    assert (len(mails()), len(records())) == (2, 1)
    with clock.at(people.NOON + timedelta(days=7, seconds=1)):
        assert "Reminders to 2 holders" in words(send(signed_in(contract)))


def test_who_is_skipped_is_counted_with_the_reason(contract):
    idle(contract, "ben")
    idle(contract, "dan", 3)
    seating.assign(contract, "eve")
    seating.assign(contract, Holder("Board papers"), "room")
    out = idle(contract, "finn")
    with scopes_disabled():
        Seat.objects.filter(pk=out.pk).update(wants_reminders=False)
        refs = list(Seat.objects.filter(contract=contract).values_list("ref", flat=True))
    client = signed_in(contract)
    shown = words(client.get(PAGE, {"seat": refs}))
    for said in (
        "1 holder was invited and has not come yet; send the registration link again instead.",
        "1 holder was seen within the last seven days.",
        "1 holder wants no more reminders.",
        "1 seat is held by no person.",
        "1 holder who was not seen for long gets a mail.",
    ):
        assert said in shown
    german = words(signed_in(contract, "de").get(PAGE, {"seat": refs}))
    assert "1 lange nicht gesehener Inhaber bekommt eine E-Mail." in german


def test_a_holder_of_several_seats_gets_one_mail_wherever_they_are(contract):
    other = second_contract(contract)
    idle(contract, "ben")
    idle(other, "ben")
    send(signed_in(contract))
    assert "1 holder was reminded within the last seven days." in words(signed_in(other).get(IDLE))
    work()
    assert len(mails()) == 1


def test_no_customer_learns_that_another_one_reminded_the_same_person(contract):
    stranger = seating.contract("V-2026-003", full=3)
    idle(contract, "ben")
    seat = idle(stranger, "ben")
    send(signed_in(contract))
    seen = words(signed_in(stranger).get(IDLE))
    assert "1 holder who was not seen for long gets a mail." in seen
    assert "reminded" not in seen.partition("Who gets a mail")[0]
    assert "A reminder to 1 holder is on its way." in words(send(signed_in(stranger)))
    work()
    assert (len(mails()), row(seat).reminded_at) == (2, clock.now())


def test_what_changed_since_it_was_shown_is_shown_again(contract):
    idle(contract, "ben")
    client = signed_in(contract)
    shown = re.search(r'name="shown" value="(\w+)"', client.get(IDLE).content.decode())[1]
    idle(contract, "cleo")
    answer = client.post(PAGE, {"unseen": "90", "shown": shown})
    assert (answer.status_code, records()) == (409, [])
    assert "Something changed since you looked. Nobody was reminded" in words(answer)


def test_nobody_chosen_strangers_seats_and_nonsense_remind_nobody(contract):
    foreign = idle(seating.contract("V-2026-002", full=3), "gus")
    client = signed_in(contract)
    for query in (
        "",
        "?seat=nothing",
        f"?seat={foreign.ref}",
        "?seat=%00",
        "?unseen=soon",
        "?kind=gone",
        f"?seat={'x' * 10_001}",
    ):
        answer = client.get(PAGE + query, follow=True)
        assert "No seat was chosen." in words(answer), query
    client.post(PAGE, {"seat": foreign.ref, "shown": ""})
    assert (records(), row(foreign).reminded_at) == ([], None)


def test_who_was_seen_or_lost_the_seat_meanwhile_gets_no_mail(contract):
    ben, cleo, dan = (idle(contract, who) for who in ("ben", "cleo", "dan"))
    send(signed_in(contract))
    with clock.at(people.NOON + timedelta(minutes=1)):
        report_seats(contract_ref=contract.ref, said=[SeatSaid(ben.ref, clock.now())], by=people.SYSTEM)
        seating.release(contract, cleo)
        holder = seating.someone("eve")
        reassign_seat(contract_ref=contract.ref, seat_ref=dan.ref, holder=holder, by=people.SYSTEM)
        work()
    assert mails() == []
    assert (row(dan).reminded_at, row(dan).reminder) == (None, "")


def link_of(mail: Mail) -> str:
    return "/reminders/" + re.search(r"/reminders/(\S+)", with_codes(mail.text))[1]


@pytest.mark.parametrize("one_click", [True, False])
def test_a_holder_ends_the_reminders_by_the_link_of_the_mail(contract, one_click):
    seat = idle(contract, "ben")
    send(signed_in(contract))
    work()
    [mail] = mails()
    assert with_codes(mail.headers["List-Unsubscribe"]).strip("<>").endswith(link_of(mail))
    stranger = Client(enforce_csrf_checks=one_click)
    assert stranger.get(link_of(mail).replace("/reminders/", "/reminders/x")).status_code == 302
    assert stranger.get("/reminders/").status_code == 410
    if one_click:
        assert stranger.post(link_of(mail), {"List-Unsubscribe": "One-Click"}).status_code == 200
    else:
        page = words(stranger.get(link_of(mail), follow=True))
        assert "reminded no more of your seat (Platz full)" in page or "(Full seat)" in page
        assert row(seat).wants_reminders, "looking ends nothing"
        assert "You get no more reminders" in words(stranger.post("/reminders/"))
    assert not row(seat).wants_reminders
    assert [one.deed for one in records("end_seat_reminders")] == ["end_seat_reminders"]
    with clock.at(people.NOON + timedelta(days=30)):
        assert "1 holder wants no more reminders." in words(signed_in(contract).get(IDLE))
    assert "the holder wants none" in words(signed_in(contract).get(f"/seats/{seat.ref}/"))
    holder = seating.someone("eve")
    reassign_seat(contract_ref=contract.ref, seat_ref=seat.ref, holder=holder, by=people.SYSTEM)
    assert row(seat).wants_reminders, "whoever takes it over begins anew"
    assert Client().get(link_of(mail), follow=True).status_code == 410


def test_who_tries_too_many_links_is_told_to_wait_and_not_that_the_link_is_over(contract, settings):
    seat = idle(contract, "ben")
    send(signed_in(contract))
    work()
    link, stranger = link_of(mails()[0]), Client()
    for _ in range(settings.OPTIONS.login_attempts):
        assert stranger.post(link.replace("/reminders/", "/reminders/x")).status_code == 404
    for answer in (stranger.get(link), stranger.post(link, {"List-Unsubscribe": "One-Click"})):
        assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert "Yours is not used up: open it again in" in words(stranger.get(link))
    assert row(seat).wants_reminders
    with clock.at(people.NOON + timedelta(hours=1)):
        assert stranger.get(link, follow=True).status_code == 200, "the link still works"


def test_where_more_match_than_are_reminded_at_once_nobody_keeps_others_from_it(contract, monkeypatch):
    monkeypatch.setattr(reminders, "MOST", 2)
    ben, cleo, dan = (idle(contract, who, days) for who, days in (("ben", 120), ("cleo", 110), ("dan", 100)))
    out = idle(contract, "finn", 180)
    idle(contract, Holder("Board papers"), 170, "room")
    idle(second_contract(contract), "gus", 95)
    idle(contract, "gus", 160)
    with clock.at(people.NOON - timedelta(days=2)), scopes_disabled():
        Seat.objects.filter(pk=out.pk).update(wants_reminders=False)
        Seat.objects.filter(mail="gus@nordwind.example", contract__number="V-2026-002").update(reminded_at=clock.now())
    client = signed_in(contract)
    shown = words(client.get(IDLE))
    assert "More than 2 seats match. Of those whose holders can be reminded now" in shown
    assert "2 holders who were not seen for long get a mail." in shown
    assert ("ben@" in shown, "cleo@" in shown, "dan@" in shown) == (True, True, False)
    assert "Reminders to 2 holders" in words(send(client))
    assert "A reminder to 1 holder is on its way." in words(send(client))
    assert [sorted(one.after["seats"]) for one in records()] == [sorted([ben.ref, cleo.ref]), [dan.ref]]
    over = words(client.get(IDLE))
    assert "More than 2 seats match, and none of their holders can be reminded now" in over
    assert "Nobody was left to be reminded." in words(send(client))


def test_as_many_as_are_reminded_at_once_are_not_said_to_be_more(contract, monkeypatch):
    monkeypatch.setattr(reminders, "MOST", 2)
    idle(contract, "ben")
    idle(contract, "cleo")
    shown = words(signed_in(contract).get(IDLE))
    assert "2 holders who were not seen for long get a mail." in shown
    assert "More than" not in shown


def opt_out(of, seat: Seat) -> None:
    send(signed_in(of))
    work()
    [mail] = [one for one in mails() if one.recipient == seat.mail]
    assert Client().post(link_of(mail), {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_who_wants_no_more_reminders_gets_none_of_other_seats_there(contract, monkeypatch):
    first = idle(contract, "ben")
    opt_out(contract, first)
    with clock.at(people.NOON + timedelta(days=30)):
        other = idle(second_contract(contract), "ben")
        client = signed_in(other.contract)
        assert "1 holder wants no more reminders." in words(client.get(IDLE))
        assert "Nobody was left to be reminded." in words(send(client))
        with monkeypatch.context() as patched:
            patched.setattr(reminders, "MOST", 0)
            assert "none of their holders can be reminded now" in words(client.get(IDLE))
        stranger = seating.contract("V-2026-003", full=3)
        idle(stranger, "ben")
        assert "1 holder who was not seen for long gets a mail." in words(signed_in(stranger).get(IDLE))


def test_who_wants_no_more_reminders_meanwhile_gets_none_and_keeps_to_it_under_another_name(contract):
    first, other = idle(contract, "ben"), idle(second_contract(contract), "ben")
    send(signed_in(other.contract))
    with scopes_disabled():
        Seat.objects.filter(pk=first.pk).update(wants_reminders=False)
    work()
    assert mails() == []
    holder = Holder("Benjamin", first.mail)
    reassign_seat(contract_ref=contract.ref, seat_ref=first.ref, holder=holder, by=people.SYSTEM)
    assert (row(first).name, row(first).wants_reminders) == ("Benjamin", False)


@pytest.mark.parametrize("over", [{"suspended": True}, {"auto_renews": False, "ends_on": people.NOON.date()}])
def test_nobody_is_mailed_of_a_contract_that_does_not_run_any_more(contract, over):
    seat = idle(contract, "ben")
    send(signed_in(contract))
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(**over)
    with clock.at(people.NOON + timedelta(days=1)):
        work()
    assert (mails(), records("mail_seat_reminders")) == ([], [])
    assert (row(seat).reminder_waits, row(seat).reminded_at) == (False, None), "who got no mail was not reminded"


def test_the_list_offers_it_to_whoever_manages_seats(contract):
    idle(contract, "ben")
    client = signed_in(contract)
    assert f'formaction="{PAGE}"' in client.get("/seats/").content.decode()
    assert names(client.get("/seats/?unseen=90")) == ["Ben"]
    auditor = signed_in(contract, role="auditor")
    assert PAGE not in auditor.get("/seats/?unseen=90").content.decode()
    assert auditor.get(IDLE).status_code == 403
