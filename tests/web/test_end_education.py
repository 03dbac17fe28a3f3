"""Staff end education terms before their time: why and when, seen before, told to the customer, and not paid back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine
from tests.doors import staff_client
from tests.web import education as edu
from tests.web.education import PAGE, STAFF
from tests.web.test_price_plan import inside
from tests.web.test_request_booking import entered
from tests.web.test_request_booking import requests as booking_requests
from tests.web.visitors import card, words
from torhaus.accounts.models import User
from torhaus.backoffice.education import ending
from torhaus.core import clock
from torhaus.journeys.end_education import end_education
from torhaus.journeys.purge_retained import purge_retained
from torhaus.journeys.tasks import remind_of_education
from torhaus.organisations.models import Contact, Membership
from torhaus.records.models import Record
from torhaus.subscriptions.models import Booking, EducationRequest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock_and_own_files")]
BOOK, PLAN = "/settings/account/book/", "/settings/account/price-plan/"
WHY = "Der Nachweis war <b>gefälscht</b>."


@pytest.fixture
def contract():
    return edu.contract()


@pytest.fixture
def owner(contract):
    return inside(contract)


@pytest.fixture
def sales(contract):
    return staff_client(people.staff("sales"))


@pytest.fixture
def mark(owner, sales) -> EducationRequest:
    """Terms of a contract that renews on 1 April: 40 % off for a year from today on."""
    row = edu.ask(owner)
    edu.grant(sales, row, "2027-11-21")
    return edu.requests()[0]


def end(client, row, last_day="2026-11-22", step="confirm", reason=WHY, **more):
    return client.post(f"{STAFF}{row.ref}/end/", {"last_day": last_day, "reason": reason, "step": step}, **more)


def again(mail="owner@nordwind.example"):
    """A new session of somebody, on a later day."""
    return staff_client(User.objects.get(mail=mail))


def plain(answer) -> str:
    return words(answer).replace(" .", ".").replace(" ,", ",")


def records() -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed="end_education").order_by("pk"))


def test_sales_sees_what_it_comes_to_before_anything_is_done(sales, mark):
    assert f'href="{STAFF}{mark.ref}/end/"' in sales.get(f"{STAFF}{mark.ref}/").content.decode()
    form = sales.get(f"{STAFF}{mark.ref}/end/")
    assert 'value="2026-11-22"' in form.content.decode(), "today, unless another day is chosen"
    for item, cents in (("medium", 100), ("room", 0)):
        people.price(people.item(item, people.item(item).kind), cents, per_unit=True)
    shown = plain(end(sales, mark, step="review"))
    assert "Last day of the terms 2026-11-22 instead of 2027-11-21" in shown
    assert "Booked and billed until then Stays as it is, also for the rest of the running term." in shown
    assert "Booked more from 2026-11-23 on At the list price, without the 40 %." in shown
    # 5000 × 1.00 + 4 × 365.00; with the terms 40 % less
    assert "Next term, from 2027-04-01 on €6,460.00 net by the list, instead of €3,876.00" in shown
    assert "gefälscht" in shown
    assert "waits that was shown" not in shown
    after = edu.requests()[0]
    assert (after.ends_on, after.ended_at, after.reason) == (date(2027, 11, 21), None, "")
    assert edu.mails("education_ended") == []
    assert records() == []
    assert 'value="2026-11-22"' in end(sales, mark, step="change").content.decode()


def test_the_terms_end_once_with_one_record_and_the_owner_reads_why_in_their_language(contract, owner, sales, mark):
    with scopes_disabled():
        person = Membership.objects.select_related("person").get(role="owner").person
    person.language = "de"
    person.save()
    answer = end(sales, mark, follow=True)
    assert "The terms end. The customer gets a mail with the reason." in words(answer)
    assert "Ended before their time" in words(answer)
    after = edu.requests()[0]
    assert (after.state, after.ends_on, after.reason) == ("granted", date(2026, 11, 22), WHY)
    assert after.ended_at == people.NOON
    (mail,) = edu.mails("education_ended")
    assert (mail.recipient, mail.language) == ("owner@nordwind.example", "de")
    assert mail.subject == "Vertrag V-2026-001: Bildungskonditionen enden vorzeitig am 22.11.2026"
    assert f"Der Grund: {WHY}" in mail.text
    assert "<b>gefälscht" not in mail.html
    assert "Ab dem 23.11.2026 gilt der Listenpreis für alles, was hinzugebucht wird" in mail.text
    assert "ab dem 01.04.2027 auch für die nächste Laufzeit" in mail.text
    assert "sales@acme.example" in mail.text
    (record,) = records()
    assert (record.actor_kind, record.customer_ref) == ("staff", contract.customer.ref)
    assert record.before == {"ends_on": "2027-11-21"}
    assert record.after["ends_on"] == "2026-11-22"
    assert "Our staff ended education terms before their time" in words(
        inside(contract, "administrator").get("/activity/")
    )
    again = end(sales, mark)
    assert again.status_code == 422
    assert "They end on 2026-11-22 already; there is no earlier day" in words(again)
    assert (len(edu.mails("education_ended")), len(records())) == (1, 1)


def test_from_the_next_day_on_the_list_price_counts_and_what_was_booked_stays(contract, owner, sales, mark):
    assert owner.post(BOOK, entered()).status_code == 302
    (asked,) = booking_requests()
    shown = plain(end(sales, mark, step="review"))
    assert "1 request for more licences waits that was shown a price with these terms." in shown
    with scopes_disabled():
        seen = Booking.objects.latest("pk").pk
        before = list(Booking.objects.order_by("pk").values())
    end(sales, mark)
    with scopes_disabled():
        assert list(Booking.objects.order_by("pk").values()) == before
    (kept,) = booking_requests()
    assert (kept.now_cents, kept.percent, kept.then_percent) == (asked.now_cents, 40, 40), "what they were shown"
    assert sales.post(f"/staff/requests/{kept.ref}/accept/", {"last_seen": seen}).status_code == 302
    today = plain(inside(contract, "administrator").post(BOOK, entered("9", booked="7", step="review")))
    assert "Education terms, 40 %" in today, "the last day is one of theirs"
    assert "That is without education terms: they end before." in today
    with clock.at(people.NOON + timedelta(days=1)):
        client = again()
        review = plain(client.post(BOOK, entered("9", booked="7", step="review")))
        # 129 of 365 days of 2 × 365.00, and 9 × 365.00 for the next term
        assert "2 more, 129 of 365 days €258.00" in review
        assert "Then €3,285.00 for each term" in review
        assert "ducation terms" not in review
        assert fine(ask(people.token(contract), "account"))["education"] is None


def test_sales_reads_that_the_terms_ended_with_which_a_price_was_shown(owner, sales, mark):
    owner.post(BOOK, entered())
    (row,) = booking_requests()
    end(sales, mark)
    said = "The education terms with which this price was shown have ended since."
    assert said not in words(sales.get(f"/staff/requests/{row.ref}/"))
    with clock.at(people.NOON + timedelta(days=1)):
        assert said in words(staff_client(User.objects.get(staff_role="sales")).get(f"/staff/requests/{row.ref}/"))


def test_the_customer_reads_that_and_why_and_is_not_told_to_prove_it_anew(contract, owner, sales, mark):
    end(sales, mark, "2026-12-20")
    said = "Your education terms end on 2026-12-20"
    assert said in card(owner.get(PLAN), "todo")
    assert "They were ended before their time. The reason stands under Education terms." in card(
        owner.get(PLAN), "todo"
    )
    assert said in card(owner.get("/dashboard/"), "todo")
    shown = card(owner.get(PAGE), "standing")
    assert "Our sales team ended them before their time." in shown
    assert f"The reason: {WHY}" in shown
    assert "without a gap" not in words(owner.get(PLAN)) + words(owner.get(PAGE))
    german = words(inside(contract, "administrator", "de").get(PAGE))
    assert "Unser Vertrieb hat sie vorzeitig beendet." in german
    with clock.at(people.NOON + timedelta(days=22)):
        remind_of_education.call()
        assert edu.mails("education_ends") == [], "who was told that they end is not asked to go on"
        assert "Nordwind" not in card(staff_client(people.staff("administrator")).get(STAFF), "due")
    with clock.at(people.NOON + timedelta(days=29)):
        client = again()
        shown = card(client.get(PAGE), "standing")
        assert "ended on 2026-12-20" in shown
        assert f"The reason: {WHY}" in shown
        assert "Your education terms ended on 2026-12-20" in card(client.get(PLAN), "todo")
        assert edu.ask(client).state == "open", "one may ask again"


def test_an_older_mark_does_not_come_back(owner, sales, mark):
    with scopes_disabled():
        EducationRequest.objects.update(ends_on=date(2028, 5, 1))
    row = edu.ask(owner)
    edu.grant(sales, row, "2027-11-21")
    assert end(sales, mark).status_code == 302, "the one that was replaced is nothing to end"
    assert edu.mails("education_ended") == []
    end(sales, row)
    with clock.at(people.NOON + timedelta(days=1)):
        client = again()
        assert "Ended" in card(client.get(PAGE), "standing")


@pytest.mark.parametrize(
    ("last_day", "next_term", "reaches"),
    [
        ("2027-03-31", "Next term, from 2027-04-01 on At the list price, without the 40 %.", False),
        ("2027-04-01", "Next term, from 2027-04-01 on As agreed: the terms still hold on its first day.", True),
    ],
)
def test_a_later_day_is_chosen_and_the_term_it_reaches_stays_less(sales, mark, last_day, next_term, reaches):
    assert next_term in plain(end(sales, mark, last_day, step="review"))
    end(sales, mark, last_day)
    assert ("and from 2027-04-01 on for the next term, too." in edu.mails("education_ended")[0].text) is not reaches
    assert edu.requests()[0].ends_on == date.fromisoformat(last_day)
    end(sales, mark, "2026-12-01", reason="Closed earlier.")
    after = edu.requests()[0]
    assert (after.ends_on, after.reason) == (date(2026, 12, 1), "Closed earlier.")
    assert len(records()) == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"last_day": "2026-11-21"}, "Enter a day from today until 2027-11-20"),
        ({"last_day": "2027-11-21"}, "Enter a day from today until 2027-11-20"),
        ({"last_day": "soon"}, "Enter a day that exists"),
        ({"last_day": ""}, "Fill in this field."),
        ({"reason": " "}, "Fill in this field."),
        ({"reason": "é" * 10_001}, "at most 500 characters"),
    ],
)
@pytest.mark.parametrize("step", ["review", "confirm"])
def test_nonsense_ends_nothing(sales, mark, fields, expected, step):
    answer = end(sales, mark, **{"step": step} | fields)
    assert answer.status_code == 422
    assert expected in words(answer)
    assert edu.requests()[0].ended_at is None
    assert records() == []


def test_what_does_not_hold_is_not_ended(owner, sales, mark):
    waiting = edu.ask(owner)
    for row in (waiting, mark):
        with clock.at(people.NOON if row is waiting else people.NOON + timedelta(days=365)):
            client = staff_client(User.objects.get(staff_role="sales"))
            answer = end(client, row, "2027-11-22", follow=True)
            assert "do not hold any more, or newer ones took their place" in words(answer)
            assert "/end/" not in client.get(f"{STAFF}{row.ref}/").content.decode()
    assert sales.get(f"{STAFF}{'x' * 12}/end/").status_code == 404
    assert records() == []


def test_only_who_decides_about_terms_ends_them(owner, mark):
    for role in ("billing", "support", "release_manager"):
        client = staff_client(people.staff(role))
        assert client.get(f"{STAFF}{mark.ref}/end/").status_code == 403
        assert end(client, mark).status_code == 403
    assert end(owner, mark).status_code == 302, "to the staff's sign-in"
    assert edu.requests()[0].ended_at is None
    assert end(staff_client(people.staff("administrator")), mark).status_code == 302
    assert edu.requests()[0].ended_at is not None


def test_where_nobody_can_be_written_to_staff_are_told_so(owner, sales, mark):
    with scopes_disabled():
        Membership.objects.all().delete()
        assert not Contact.objects.exists()
    answer = end(sales, mark, follow=True)
    assert "Nobody at the customer can be written to: tell them yourself." in words(answer)
    assert edu.requests()[0].ended_at is not None


def test_who_confirms_over_midnight_reads_why_nothing_was_ended(sales, mark, monkeypatch):
    def over_midnight(**wanted):
        with clock.at(people.NOON + timedelta(days=1)):
            return end_education(**wanted)

    monkeypatch.setattr(ending, "end_education_deed", over_midnight)
    answer = end(sales, mark)
    assert answer.status_code == 422
    assert "Enter a day from today until 2027-11-20" in words(answer)
    assert edu.requests()[0].ended_at is None


@pytest.mark.django_db(transaction=True)
def test_two_who_end_them_at_once_write_one_mail(sales, mark):
    clients = [sales, staff_client(people.staff("administrator"))]

    def one(client) -> int:
        try:
            with clock.at(people.NOON):
                return end(client, mark).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(one, clients)) <= {302, 422}
    assert (len(edu.mails("education_ended")), len(records())) == (1, 1)


def test_the_reason_is_kept_six_years_from_the_end_of_its_own_year(owner, sales, mark):
    with clock.at(people.NOON + timedelta(days=100)):
        end(staff_client(User.objects.get(staff_role="sales")), mark, "2027-03-02")
    for year, kept in ((2033, WHY), (2034, "")):
        with clock.at(people.NOON.replace(year=year, month=1, day=2)):
            purge_retained()
        assert edu.requests()[0].reason == kept, year


def test_the_database_knows_no_end_of_what_was_never_granted(owner):
    row = edu.ask(owner)
    with scopes_disabled(), pytest.raises(IntegrityError), transaction.atomic():
        EducationRequest.objects.filter(pk=row.pk).update(ended_at=people.NOON)


def test_who_confirms_what_newer_terms_replaced_meanwhile_ends_neither(owner, sales, mark, monkeypatch):
    newer = edu.ask(owner)

    def replaced_first(**wanted):
        edu.grant(staff_client(people.staff("administrator")), newer, "2027-10-01")
        return end_education(**wanted)

    monkeypatch.setattr(ending, "end_education_deed", replaced_first)
    assert "or newer ones took their place. Nothing was changed." in words(end(sales, mark, follow=True))
    assert [one.ended_at for one in edu.requests()] == [None, None]
    assert records() == []
