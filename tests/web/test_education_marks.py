"""Education terms are granted or refused once, hold until their day, and lapse by themselves."""

import json
import re
from datetime import date, timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.web import education as edu
from tests.web.education import ASK, PAGE, STAFF
from tests.web.test_price_plan import inside
from tests.web.visitors import card, words
from torhaus.backoffice.education import views
from torhaus.core import clock
from torhaus.core.storage import file_store, is_there
from torhaus.journeys.collect_files import collect_files
from torhaus.journeys.decide_education import grant_education
from torhaus.journeys.tasks import forget_old_proofs
from torhaus.organisations.models import Membership

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock_and_own_files")]


@pytest.fixture
def contract():
    return edu.contract()


@pytest.fixture
def owner(contract):
    return inside(contract)


@pytest.fixture
def sales(contract):
    return staff_client(people.staff("sales"))


def test_sales_grants_and_the_mark_stands_wherever_the_contract_is_shown(owner, contract, sales):
    row = edu.ask(owner)
    shown = sales.get(f"{STAFF}{row.ref}/").content.decode()
    assert 'value="2027-11-21"' in shown, "a year by default"
    assert 'value="40"' in shown
    assert edu.grant(sales, row, "2027-11-21").status_code == 302
    after = edu.requests()[0]
    assert (after.state, after.percent, after.starts_on) == ("granted", 40, date(2026, 11, 22))
    assert "Schools until 2027-11-21 , 40 % off the list price" in card(
        owner.get("/settings/account/price-plan/"), "package"
    )
    assert "Education terms Schools until 2027-11-21" in card(owner.get("/subscription/"), "details")
    assert "Granted" in card(owner.get(PAGE), "standing")
    assert "Since 2026-11-22 Until 2027-11-21 Off the list price 40 %" in card(owner.get(PAGE), "standing")
    assert "Schools until 2027-11-21" in words(sales.get(f"/staff/contracts/{contract.ref}/"))
    (mail,) = edu.mails("education_decided")
    assert mail.recipient == "owner@nordwind.example"
    assert "from today until 2027-11-21: Schools." in mail.text
    assert "decided or taken back before" in words(
        sales.post(f"{STAFF}{row.ref}/refuse/", {"reason": "x"}, follow=True)
    )
    assert edu.records("grant_education") == 1


def test_staff_who_look_as_the_customer_see_the_mark_and_can_do_nothing(owner, contract, sales):
    edu.grant(sales, edu.ask(owner), "2026-12-21")
    row = edu.ask(owner)
    sales.post(f"/staff/contracts/{contract.ref}/view/")
    assert "Schools until 2026-12-21" in card(sales.get("/subscription/"), "details")
    assert sales.get(PAGE).status_code == 403
    assert sales.post(f"{PAGE}{row.ref}/withdraw/").status_code == 403
    assert edu.requests()[-1].state == "open"


@pytest.mark.parametrize(
    ("ends_on", "percent", "expected"),
    [
        ("2026-11-21", "40", "Enter a day from today until 2028-11-22"),
        ("2028-11-23", "40", "Enter a day from today until 2028-11-22"),
        ("tomorrow", "40", "Enter a day that exists"),
        ("2027-11-21", "101", "Enter a number up to 100."),
        ("2027-11-21", "-1", "Enter a number from 0 up."),
        ("2027-11-21", "", "Fill in this field."),
    ],
)
def test_nonsense_grants_nothing(owner, sales, ends_on, percent, expected):
    row = edu.ask(owner)
    answer = edu.grant(sales, row, ends_on, percent)
    assert answer.status_code == 422
    assert expected in words(answer)
    assert edu.requests()[0].state == "open"


def test_a_refusal_says_why_in_the_customers_language_and_one_may_ask_again(contract, sales):
    administrator = inside(contract, "administrator", "de")
    with scopes_disabled():
        person = Membership.objects.select_related("person").get(role="administrator").person
    person.language = "de"
    person.save()
    row = edu.ask(administrator)
    refuse = f"{STAFF}{row.ref}/refuse/"
    assert sales.post(refuse, {"reason": " "}).status_code == 422
    assert sales.post(refuse, {"reason": "Bitte <b>mit Siegel</b>."}).status_code == 302
    (mail,) = edu.mails("education_decided")
    assert mail.recipient == "administrator@nordwind.example"
    assert mail.language == "de"
    assert "Der Grund: Bitte <b>mit Siegel</b>." in mail.text
    assert "<b>mit Siegel" not in mail.html
    shown = card(administrator.get(PAGE), "standing")
    assert "Abgelehnt" in shown
    assert "Der Grund: Bitte <b>mit Siegel</b>." in shown
    again = administrator.get(ASK).content.decode()
    assert 'value="Goethe-Schule"' in again, "known data is not asked for again"
    assert edu.ask(administrator).state == "open"


def test_who_was_removed_meanwhile_hears_nothing_and_the_owner_does(contract, sales):
    people.member(contract.customer, "owner")
    row = edu.ask(inside(contract, "administrator"))
    with scopes_disabled():
        Membership.objects.filter(role="administrator").delete()
    edu.grant(sales, row, "2027-11-21")
    assert [one.recipient for one in edu.mails("education_decided")] == ["owner@nordwind.example"]


def test_a_mark_lapses_with_its_last_day_and_the_portal_says_what_to_do(owner, contract, sales):
    edu.grant(sales, edu.ask(owner), "2026-12-01")
    with clock.at(people.NOON + timedelta(days=9)):
        shown = words(inside(contract, "administrator").get(PAGE))
        assert "Today is their last day." in shown
    with clock.at(people.NOON + timedelta(days=10)):
        client = inside(contract, "auditor")
        shown = card(client.get(PAGE), "standing")
        assert "Ended Your education terms (Schools) ended on 2026-12-01" in shown
        assert "ended on 2026-12-01" in card(client.get("/settings/account/price-plan/"), "package")
        assert "Your education terms ended on 2026-12-01" in card(client.get("/settings/account/price-plan/"), "todo")
        assert "ended on 2026-12-01" in card(client.get("/subscription/"), "details")


def test_a_new_proof_follows_the_running_mark_without_a_gap(owner, contract, sales):
    edu.grant(sales, edu.ask(owner), "2026-12-31")
    assert "Your education terms end on 2026-12-31" in card(owner.get("/settings/account/price-plan/"), "todo")
    assert "Your education terms end on 2026-12-31" in card(owner.get("/dashboard/"), "todo")
    row = edu.ask(owner)
    assert "end on 2026-12-31" not in card(owner.get("/dashboard/"), "todo")
    assert "end on 2026-12-31" not in card(owner.get("/settings/account/price-plan/"), "todo")
    assert 'value="2027-12-31"' in sales.get(f"{STAFF}{row.ref}/").content.decode()
    sales.post(f"{STAFF}{row.ref}/refuse/", {"reason": "Unreadable."})
    shown = card(owner.get(PAGE), "standing")
    assert "Granted They end in 39 days." in shown
    assert "The reason: Unreadable." in shown
    edu.grant(sales, edu.ask(owner), "2027-12-31")
    assert "Until 2027-12-31" in card(owner.get(PAGE), "standing")
    assert "Unreadable" not in words(owner.get(PAGE))


def test_the_day_that_is_filled_in_can_be_granted_however_long_the_mark_still_holds(owner, sales):
    edu.grant(sales, edu.ask(owner), "2028-11-22")
    row = edu.ask(owner)
    shown = sales.get(f"{STAFF}{row.ref}/").content.decode()
    filled_in = re.search(r'name="ends_on"[^>]*value="([^"]*)"', shown).group(1)
    assert filled_in == "2028-11-22"
    assert edu.grant(sales, row, filled_in).status_code == 302
    assert edu.requests()[-1].state == "granted"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Nothing was granted: a new day has begun. Enter a day from today until 2028-11-22"),
        ("de", "Es wurde nichts gewährt: Ein neuer Tag hat begonnen. Geben Sie einen Tag von heute bis zum 22.11.2028"),
    ],
)
def test_who_grants_over_midnight_reads_why_nothing_was_granted_and_keeps_what_was_entered(
    owner, sales, monkeypatch, language, said
):
    row = edu.ask(owner)
    sales.cookies["torhaus_language"] = language

    def over_midnight(**wanted):
        with clock.at(people.NOON + timedelta(days=1)):
            return grant_education(**wanted)

    monkeypatch.setattr(views, "grant_education_deed", over_midnight)
    answer = edu.grant(sales, row, "2026-11-22", 35)
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="2026-11-22"' in answer.content.decode()
    assert 'value="35"' in answer.content.decode()
    assert edu.requests()[0].state == "open"
    assert edu.records("grant_education") == 0


def test_proof_and_statement_are_forgotten_ninety_days_after_the_decision(owner, sales):
    row = edu.ask(owner)
    edu.grant(sales, row, "2027-11-21")
    store = file_store()
    with clock.shifted(timedelta(days=89)):
        forget_old_proofs.call()
        collect_files()
        assert edu.requests()[0].proof_key
        assert is_there(store, row.proof_key)
    with clock.at(people.NOON + timedelta(days=91)):
        forget_old_proofs.call()
        after = edu.requests()[0]
        assert (after.proof_key, after.proof_name, after.statement) == ("", "", "")
        assert after.state == "granted"
        collect_files()
        assert not is_there(store, row.proof_key)
        assert "Deleted, or none was uploaded." in words(
            staff_client(people.staff("administrator")).get(f"{STAFF}{row.ref}/")
        )


def test_a_waiting_proof_is_kept_for_180_days_and_then_both_sides_read_that_it_is_gone(owner, contract, sales):
    assert "180 days after you asked" in words(owner.get(edu.ASK))
    row = edu.ask(owner)
    assert "without a decision 180 days after you asked" in words(owner.get(PAGE))
    assert "without one 180 days after the customer asked" in words(sales.get(f"{STAFF}{row.ref}/"))
    with clock.at(people.NOON + timedelta(days=179)):
        forget_old_proofs.call()
        assert edu.requests()[0].proof_key
    with clock.at(people.NOON + timedelta(days=181)):
        forget_old_proofs.call()
        after = edu.requests()[0]
        assert (after.state, after.proof_key, after.proof_name, after.statement) == ("open", "", "", "")
        client = inside(contract, "administrator")
        assert "Deleted, since nobody decided in time. Take the request back" in card(client.get(PAGE), "request")
        desk = staff_client(people.staff("administrator"))
        assert "Deleted, or none was uploaded." in words(desk.get(f"{STAFF}{row.ref}/"))
        client.post(f"{PAGE}{row.ref}/withdraw/")
        assert edu.ask(client).proof_key == row.proof_key


def test_what_was_never_to_be_proved_is_not_called_deleted(owner, contract):
    answer = owner.post(ASK, {"category": "volunteers", "institution": "THW", "statement": ""})
    assert answer.status_code == 302
    with clock.at(people.NOON + timedelta(days=200)):
        shown = card(inside(contract, "administrator").get(PAGE), "request")
    assert "Deleted" not in shown


def test_the_german_pages_say_in_german_how_it_stands_and_what_comes(contract, sales):
    owner = inside(contract, language="de")
    assert "gelten meist ein Jahr; danach fragen wir erneut nach." in words(owner.get(edu.ASK))
    row = edu.ask(owner)
    shown = card(owner.get(PAGE), "standing")
    assert "Ihr Antrag ist vom 22.11.2026" in shown
    assert "Bis zur Entscheidung gelten die üblichen Konditionen." in shown
    assert "You asked" not in shown
    sales.cookies["torhaus_language"] = "de"
    assert "danach enden die Konditionen von selbst." in words(sales.get(f"{STAFF}{row.ref}/"))


def test_R64_whoever_asked_takes_along_what_was_decided_and_why(owner, sales):
    edu.grant(sales, edu.ask(owner), "2027-11-21")
    row = edu.ask(owner)
    sales.post(f"{STAFF}{row.ref}/refuse/", {"reason": "Without a seal."})
    with scopes_disabled():
        person = Membership.objects.select_related("person").get(role="owner").person
    client = staff_client(person, confirmed_at=clock.now().timestamp())
    said = json.loads(client.post("/account/data/").content)["education_requests"]
    assert [(one["state"], one["percent"], one["reason"]) for one in said] == [
        ("granted", 40, ""),
        ("refused", None, "Without a seal."),
    ]
