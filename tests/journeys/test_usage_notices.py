"""Notices of usage: at 80, 90 and 100 % of each kind of seat and each meter, to the owner and whoever wants them."""

from datetime import timedelta
from functools import partial

import pytest
from django_scopes import scope, scopes_disabled

from tests import people, processes
from tests.backoffice.conftest import records
from tests.doors import staff_client
from tests.seats import seating
from tests.usage.readings import metered, report, said
from torhaus.core import clock
from torhaus.frame.rights import CUSTOMER_ROLES
from torhaus.journeys.tasks import warn_of_usage
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact, Membership
from torhaus.organisations.usage_notices import READERS, NoReader, choose_usage_notices
from torhaus.seats.models import Seat
from torhaus.usage.models import AllowanceWarning
from torhaus.usage.warnings import untold_warnings_across_customers

pytestmark = pytest.mark.django_db
PAGE, CHOOSE = "/settings/account/price-plan/", "/settings/account/notices/"
OWNER = "owner@nordwind.example"


@pytest.fixture
def noon():
    with clock.at(people.NOON):
        yield


def mails():
    with scopes_disabled():
        return list(Mail.objects.filter(template="allowance_reached").order_by("pk"))


def told(act=lambda: None):
    """Do something, let the worker do its minute, and give who got which subject."""
    before = len(mails())
    act()
    warn_of_usage.call()
    return [(mail.recipient, mail.subject) for mail in mails()[before:]]


def member(contract, role="owner", language="en", **fields):
    made = people.member(contract.customer, role, **fields)
    made.person.language = language
    made.person.save()
    return made


def fill(contract, numbers):
    return [seating.assign(contract, f"p{n}") for n in numbers]


def near(percent, kind="Full seat"):
    return f"{kind}: {percent} % of the allowance of contract V-2026-001 used"


def test_b99_each_threshold_of_a_kind_of_seat_is_told_of_once_at_each_crossing(noon):
    contract = seating.contract(full=10)
    member(contract)
    assert told(lambda: fill(contract, range(7))) == []
    [eighth] = fill(contract, [7])
    assert told() == [(OWNER, near(80))]
    assert told() == []
    [ninth] = fill(contract, [8])
    assert told() == [(OWNER, near(90))]
    full = (OWNER, "Full seat: the allowance of contract V-2026-001 is used up")
    assert told(lambda: fill(contract, [9])) == [full]
    assert told(lambda: [seating.release(contract, ninth), seating.release(contract, eighth)]) == []
    with clock.at(people.NOON + timedelta(hours=2)):
        assert told(lambda: fill(contract, [10])) == [(OWNER, near(90))]  # from 80, which it never fell below
        assert told(lambda: fill(contract, [11])) == [full]


def test_b99_seats_that_come_and_go_at_a_threshold_send_one_mail_an_hour(noon):
    contract = seating.contract(full=10)
    member(contract)
    assert told(lambda: fill(contract, range(8))) == [(OWNER, near(80))]

    def come_and_go():
        with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
            last = Seat.objects.filter(contract=contract, released_at=None).latest("pk")
        seating.release(contract, last)
        fill(contract, [7])

    for _ in range(3):
        assert told(come_and_go) == []
    with clock.at(people.NOON + timedelta(hours=1)):
        assert told(come_and_go) == [(OWNER, near(80))]


def test_b99_more_booked_is_below_and_the_next_rise_is_a_new_crossing(noon):
    contract = seating.contract(full=10)
    member(contract)
    assert told(lambda: fill(contract, range(8))) == [(OWNER, near(80))]
    seating.book(contract, "full", 11)
    assert told(lambda: fill(contract, [8])) == [(OWNER, near(81))]


def test_b99_kinds_are_told_of_apart_and_a_refused_seat_tells_nobody(noon):
    contract = seating.contract(full=5, room=1)
    member(contract)
    assert told(lambda: fill(contract, range(4))) == [(OWNER, near(80))]
    room = partial(seating.assign, contract, seating.Holder(name="Lab"), "room")
    assert told(room) == [(OWNER, "Room seat: the allowance of contract V-2026-001 is used up")]
    with pytest.raises(Exception, match="room"):
        seating.assign(contract, seating.Holder(name="Hall"), "room")
    assert told() == []


def test_b99_the_mail_has_the_next_step_and_the_way_in_each_readers_language(noon):
    contract = seating.contract(full=5)
    member(contract)
    member(contract, "administrator", "de", usage_notices=True)
    member(contract, "auditor")
    fill(contract, range(5))
    warn_of_usage.call()
    english, german = mails()
    assert (english.recipient, german.recipient) == (OWNER, "administrator@nordwind.example")
    assert "Full seat: all 5 that are booked in your contract V-2026-001 are in use." in english.text
    assert "nobody new gets one until one is released or more are booked" in english.text
    assert "book more licences on the page of the price plan" in english.text
    assert PAGE in english.text
    assert PAGE in english.html
    assert "Platz full: Alle 5" in german.text
    assert "buchen Sie auf der Seite Preisplan weitere Lizenzen" in german.text
    assert "unter Hinweise aus" in german.html
    [record] = records("warn_of_usage")
    assert record.after == {"contract": contract.number, "kind": "full", "percent": 100, "mails": 2}


def test_b99_meters_go_the_same_way_and_contacts_hear_only_while_nobody_owns_the_account(noon):
    contract = metered()
    with scopes_disabled():
        for mail in ("it@nordwind.example", "ADMINISTRATOR@nordwind.example"):
            Contact.objects.create(customer=contract.customer, role="technical", name="Ida", mail=mail, language="en")
    member(contract, "administrator", usage_notices=False)
    assert told(lambda: report(contract, said(4000))) == [("it@nordwind.example", near(80, "Objects"))]
    assert "/usage/" in mails()[-1].text
    member(contract)
    assert told(lambda: report(contract, said(4500))) == [(OWNER, near(90, "Objects"))]
    assert PAGE in mails()[-1].text
    assert told(lambda: report(contract, said(3000))) == []
    assert told(lambda: report(contract, said(4000))) == [(OWNER, near(80, "Objects"))]


def test_b99_whoever_may_no_longer_read_the_account_gets_no_notice(noon):
    contract = seating.contract(full=1)
    member(contract, usage_notices=False)
    member(contract, "administrator", usage_notices=True, state="deactivated")
    member(contract, "technical", usage_notices=True)
    left = member(contract, "auditor", usage_notices=True)
    left.person.is_active = False
    left.person.save()
    assert told(lambda: fill(contract, [1])) == []
    assert untold_warnings_across_customers() == []


def test_b99_a_person_turns_the_own_notices_on_and_off(noon):
    contract = seating.contract(full=1)
    auditor = member(contract, "auditor")
    member(contract)
    client = staff_client(auditor.person)
    assert "Turn my notices on" in client.get(PAGE).content.decode()
    for _again in range(2):  # repeated, nothing is done
        answer = client.post(CHOOSE, {"wanted": "on"}, follow=True)
        assert "You get notices from now on." in answer.content.decode()
    assert "Turn my notices off" in answer.content.decode()
    assert "You get a mail when 80, 90 or 100 % of a kind" in answer.content.decode()
    client.cookies["torhaus_language"] = "de"
    assert "wenn 80, 90 oder 100 % einer Lizenzart" in client.get(PAGE).content.decode()
    [record] = records("choose_usage_notices")
    assert (record.before, record.after) == ({"usage_notices": False}, {"usage_notices": True})
    assert record.actor_ref == auditor.person.ref
    assert {who for who, _ in told(lambda: fill(contract, [1]))} == {OWNER, "auditor@nordwind.example"}
    client.post(CHOOSE, {"wanted": "off"})
    with scopes_disabled():
        assert dict(Membership.objects.values_list("role", "usage_notices")) == {"auditor": False, "owner": None}


def test_b99_nonsense_and_strangers_change_nothing(noon, client):
    contract = seating.contract()
    owner, technical = member(contract), member(contract, "technical")
    inside = staff_client(owner.person)
    for sent in ({}, {"wanted": "maybe"}):
        assert "Nothing was changed" in inside.post(CHOOSE, sent, follow=True).content.decode()
    assert inside.get(CHOOSE).status_code == 405
    assert staff_client(technical.person).post(CHOOSE, {"wanted": "on"}).status_code in {403, 404}
    assert client.post(CHOOSE, {"wanted": "on"}).status_code == 302
    other = seating.contract("V-2026-002")
    for customer, person in ((contract.customer, technical.person), (other.customer, owner.person)):
        with scope(customer=customer.pk, customer_ref=customer.ref), pytest.raises(NoReader):
            choose_usage_notices(customer_id=customer.pk, person_id=person.pk, wanted=True, by=people.SYSTEM)
    assert records("choose_usage_notices") == []


def test_b99_readers_are_the_roles_that_see_the_account():
    assert {role for role, rights in CUSTOMER_ROLES.items() if "see_account" in rights} == set(READERS)


@pytest.mark.django_db(transaction=True)
def test_b99_two_processes_at_once_send_one():
    contract = seating.contract(full=5)
    member(contract)
    fill(contract, range(4))
    code = """
from django.db import OperationalError
from torhaus.journeys.warn_of_usage import warn_of_usage
for _ in range(20):
    while True:
        try:
            warn_of_usage(warning_id={id})
            break
        except OperationalError:  # SQLite has one writer
            continue
"""
    [warning_id] = untold_warnings_across_customers()
    workers = [processes.start_code(code.format(id=warning_id)) for _ in range(2)]
    for worker in workers:
        processes.finish(worker, timeout=60)
    assert [mail.recipient for mail in mails()] == [OWNER]
    with scopes_disabled():
        assert AllowanceWarning.objects.get().told_at is not None
