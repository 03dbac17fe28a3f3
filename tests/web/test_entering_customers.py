"""A sign-in is recorded at the customer that is entered, once a session each, and where it leads stays out of addresses."""

from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.authenticator import code_of, set_up
from tests.web.test_people import sign_in
from tests.web.visitors import words
from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db
MAIL = "jo@nordwind.example"


@pytest.fixture
def customers():
    """Two customers of one person, who is a member of the first and the owner of the second."""
    people.vendor()
    jo = people.person(MAIL)
    made = [people.customer(number, f"Kunde {number}", language="en") for number in ("1", "2")]
    for one, role in zip(made, ("member", "owner"), strict=True):
        people.contract(one, number=f"V-{one.number}")
        people.member(one, role, person=jo)
    return made


def signed_in_at() -> list[str]:
    with scopes_disabled():
        rows = Record.objects.filter(deed="sign_in_person").order_by("pk")
        return [row.customer_ref for row in rows]


def contract_of(customer) -> str:
    with scopes_disabled():
        return people.Contract.objects.get(customer=customer).ref


def test_it_is_recorded_at_the_customer_that_was_chosen_and_not_at_the_first(customers):
    client, answer = sign_in(MAIL)
    assert answer.url == "/contracts/"
    assert client.get("/contracts/").status_code == 200
    assert signed_in_at() == [""], "signed in, and nowhere yet"
    client.post("/contracts/switch/", {"contract": contract_of(customers[1])})
    assert signed_in_at() == [""]
    for path in ("/dashboard/", "/dashboard/", "/activity/"):
        assert client.get(path).status_code == 200
    assert signed_in_at() == ["", customers[1].ref]
    assert "Signed in by name" in words(client.get("/activity/"))
    client.post("/contracts/switch/", {"contract": contract_of(customers[0])})
    client.get("/dashboard/")
    client.get("/dashboard/")
    assert signed_in_at() == ["", customers[1].ref, customers[0].ref], "and at the other once that is entered"


def test_signing_out_is_recorded_at_each_customer_that_was_entered(customers):
    third = people.customer("3", "Kunde 3", language="en")
    people.contract(third, number="V-3")
    people.member(third, "member", person=User.objects.get(mail=MAIL))
    client, _ = sign_in(MAIL)
    for customer in customers:
        client.post("/contracts/switch/", {"contract": contract_of(customer)})
        client.get("/dashboard/")
    client.post("/logout/")
    with scopes_disabled():
        rows = list(Record.objects.filter(deed="sign_out_person").order_by("pk"))
        assert sorted(row.customer_ref for row in rows) == sorted(one.ref for one in customers), "not where nobody was"
        assert {row.personal.get(field="actor_name").value for row in rows} == {MAIL}
    owner, _ = sign_in(MAIL)
    owner.post("/contracts/switch/", {"contract": contract_of(customers[1])})
    assert "Signed out" in words(owner.get("/activity/"))


def test_with_one_customer_it_is_recorded_there_at_once_and_once(customers):
    people.contract(customers[0], number="V-1b")
    with scopes_disabled():
        people.Membership.objects.filter(customer=customers[1]).delete()
    client, answer = sign_in(MAIL)
    assert answer.url == "/contracts/", "two contracts of one customer"
    assert signed_in_at() == [customers[0].ref]
    client.get("/dashboard/")
    assert signed_in_at() == [customers[0].ref]


def test_a_page_that_was_wanted_is_entered_at_its_customer(customers):
    client, answer = sign_in(MAIL, next="/downloads/")
    assert answer.url == "/downloads/"
    client.get("/downloads/")
    assert signed_in_at() == ["", customers[0].ref]


def test_who_may_not_see_a_page_entered_nothing_by_it(customers):
    client, _answer = sign_in(MAIL)
    assert client.get("/members/").status_code == 403, "a member of the first"
    assert signed_in_at() == [""]


def test_the_second_factor_is_recorded_with_it(customers):
    client, _answer = sign_in(MAIL)
    secret, _codes = set_up(client)
    with clock.shifted(timedelta(seconds=40)):
        client, answer = sign_in(MAIL)
        assert answer.url == "/login/second-factor/"
        client.post("/login/second-factor/", {"code": code_of(secret)})
        client.get("/dashboard/")
    with scopes_disabled():
        last = Record.objects.filter(deed="sign_in_person").order_by("pk").last()
    assert (last.customer_ref, last.after) == (customers[0].ref, {"factor": "totp"})


def test_staff_and_tokens_are_recorded_as_ever(customers):
    staff = people.staff("support")
    client = Client()
    client.post("/staff/sign-in/", {"mail": staff.mail, "password": people.PASSWORD})
    assert client.get("/staff/").status_code == 200
    assert signed_in_at() == []
