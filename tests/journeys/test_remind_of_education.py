"""The owner hears 60, 30 and 7 days before education terms end, once each, whatever became of the worker meanwhile."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.web import education as edu
from tests.web.test_price_plan import inside
from tests.web.visitors import card, words
from torhaus.catalogue.models import EducationCategory
from torhaus.core import clock
from torhaus.journeys.tasks import remind_of_education
from torhaus.organisations.models import Contact, Membership
from torhaus.subscriptions.models import EducationRequest

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 11, 22), date(2027, 11, 21)


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def contract():
    return edu.contract()


@pytest.fixture
def mark(contract) -> EducationRequest:
    """A mark granted for a year to a contract whose owner reads German."""
    with clock.at(people.NOON):
        row = edu.ask(inside(contract))
        edu.grant(staff_client(people.staff("sales")), row, LAST)
    with scopes_disabled():
        owner = Membership.objects.select_related("person").get(role="owner").person
    owner.language = "de"
    owner.save()
    return edu.requests()[0]


def on(day: date):
    return clock.at(datetime.combine(day, time(9), people.BERLIN))


def run_on(days: Iterable[date]) -> list[date]:
    """Let the worker do its hour on these days, twice each, and give the days on which mails came of it."""
    found = []
    for day in days:
        before = len(edu.mails("education_ends"))
        with on(day):
            remind_of_education.call()
            remind_of_education.call()
        found += [day] * (len(edu.mails("education_ends")) - before)
    return found


def every_day(first: date, last: date, step: int = 1) -> list[date]:
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def test_through_a_year_three_mails_come_and_then_the_mark_is_over(contract, mark):
    told = run_on(every_day(FIRST, LAST + timedelta(days=40)))
    assert told == [LAST - timedelta(days=days) for days in (60, 30, 7)]
    sent = edu.mails("education_ends")
    assert {(one.recipient, one.language) for one in sent} == {("owner@nordwind.example", "de")}
    assert sent[0].subject == "Vertrag V-2026-001: Bildungskonditionen enden am 21.11.2027"
    assert "/settings/account/education/ask/" in sent[0].text
    assert edu.records("remind_of_education") == 3
    with on(LAST + timedelta(days=1)):
        assert "ended on 2027-11-21" in card(inside(contract, "administrator").get(edu.PAGE), "standing")


def test_after_a_worker_was_down_the_stages_that_were_missed_come_as_one_mail(mark):
    down_until = LAST - timedelta(days=20)
    assert run_on([FIRST, down_until, *every_day(down_until + timedelta(days=1), LAST)]) == [
        down_until,
        LAST - timedelta(days=7),
    ]
    assert run_on([LAST + timedelta(days=1)]) == []


def test_a_worker_that_was_down_to_the_end_tells_nothing_that_is_over(mark):
    assert run_on([FIRST, LAST + timedelta(days=1), LAST + timedelta(days=99)]) == []


def test_who_sent_a_new_proof_is_left_alone_until_it_is_refused(contract, mark):
    assert run_on([LAST - timedelta(days=60)]) == [LAST - timedelta(days=60)]
    with on(LAST - timedelta(days=40)):
        row = edu.ask(inside(contract, "administrator"))
    assert run_on(every_day(LAST - timedelta(days=39), LAST - timedelta(days=20))) == []
    with on(LAST - timedelta(days=19)):
        staff_client(people.staff("administrator")).post(f"{edu.STAFF}{row.ref}/refuse/", {"reason": "Unreadable."})
    assert run_on(every_day(LAST - timedelta(days=18), LAST)) == [
        LAST - timedelta(days=18),
        LAST - timedelta(days=7),
    ]


def test_a_new_mark_is_told_of_by_its_own_days_only(contract, mark):
    with on(LAST - timedelta(days=40)):
        row = edu.ask(inside(contract, "administrator"))
        edu.grant(staff_client(people.staff("administrator")), row, LAST + timedelta(days=365))
    assert run_on(every_day(LAST - timedelta(days=39), LAST + timedelta(days=304))) == []
    assert run_on([LAST + timedelta(days=305)]) == [LAST + timedelta(days=305)]


def test_whoever_is_granted_a_few_weeks_is_not_told_at_once(contract):
    with clock.at(people.NOON):
        edu.grant(staff_client(people.staff("sales")), edu.ask(inside(contract)), FIRST + timedelta(days=20))
    assert run_on(every_day(FIRST, FIRST + timedelta(days=25))) == [FIRST + timedelta(days=13)]


def test_without_an_owner_the_contacts_hear_and_without_anybody_no_job_fails(contract, mark):
    with scopes_disabled():
        Membership.objects.all().delete()
    assert run_on([LAST - timedelta(days=60)]) == []
    with scopes_disabled():
        Contact.objects.create(
            customer=contract.customer, role="main", name="Ida", mail="ida@nordwind.example", language="en"
        )
    late = LAST - timedelta(days=45)
    assert run_on([late, LAST - timedelta(days=30)]) == [late, LAST - timedelta(days=30)], "nobody was told before"
    assert edu.mails("education_ends")[0].recipient == "ida@nordwind.example"


def test_a_contract_that_is_over_is_not_told(contract, mark):
    with scopes_disabled():
        contract.cancelled_to = date(2027, 3, 31)
        contract.save()
    assert run_on([LAST - timedelta(days=60)]) == []


def test_what_is_not_offered_any_more_is_not_asked_for(mark):
    EducationCategory.objects.update(offered=False)
    assert run_on([LAST - timedelta(days=60)])
    assert "Sie werden nicht mehr angeboten" in edu.mails("education_ends")[0].text


def test_staff_see_what_is_due_for_a_check(contract, mark):
    with on(LAST - timedelta(days=61)):
        sales = staff_client(people.staff("administrator"))
        assert "None ends within 60 days." in card(sales.get(edu.STAFF), "due")
    with on(LAST - timedelta(days=60)):
        remind_of_education.call()
        sales = staff_client(people.staff("sales", "sally@acme.example"))
        due = "Nordwind Logistik GmbH V-2026-001 Schools 2027-11-21"
        assert f"{due} 60 days before" in card(sales.get(edu.STAFF), "due")
        edu.ask(inside(contract, "administrator"))
        assert due not in card(sales.get(edu.STAFF), "due"), "the new request stands above"
        assert "Goethe-Schule" in words(sales.get(edu.STAFF))
