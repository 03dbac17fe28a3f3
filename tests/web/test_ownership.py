"""Handing an account over: the owner offers it, the successor accepts it, and there is one owner at each moment (B90)."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django_scopes import scopes_disabled

from tests import people
from tests.doors import signed_in
from tests.web.test_members import ADMIN, MEMBER, OWNER, inside, row_of
from tests.web.test_people import change, records
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.notices.models import Mail
from torhaus.organisations.models import Membership, OwnershipOffer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contract():
    people.vendor()
    return people.contract(people.customer(language="en"))


@pytest.fixture
def staffed(contract):
    return {role: people.member(contract.customer, role) for role in ("owner", "administrator", "member")}


def offer(client, row, **form):
    return client.post(f"/members/{row.ref}/offer-ownership/", {"sure": "yes"} | form, follow=True)


def roles() -> dict[str, str]:
    with scopes_disabled():
        return {row.person.mail: row.role for row in Membership.objects.select_related("person")}


def test_B90_the_owner_hands_over_in_two_steps_and_becomes_an_administrator(staffed, contract):
    owner, successor = inside(OWNER), inside(MEMBER)
    assert successor.get("/ownership/").status_code == 404
    assert "I want to hand the account over" in words(owner.get(f"/members/{staffed['member'].ref}/"))
    assert "You stay the owner until" in words(offer(owner, staffed["member"]))
    assert roles()[OWNER] == "owner", "nothing changed yet"
    assert "You offered the account to Jo Member" in words(owner.get("/members/"))
    with scopes_disabled():
        mail = Mail.objects.get(template="ownership_offered")
    assert (mail.recipient, "/ownership/" in mail.text) == (MEMBER, True)
    assert "The owner offers you the account" in words(successor.get("/ownership/"))
    for client in (owner, inside(), signed_in(people.token(contract))):
        assert client.get("/ownership/").status_code == 404, "nobody else is asked"
        assert client.post("/ownership/").status_code == 404
    assert "You are the owner" in words(successor.post("/ownership/", follow=True))
    assert roles() == {OWNER: "administrator", ADMIN: "administrator", MEMBER: "owner"}
    assert successor.get("/invoices/").status_code == 200
    assert owner.get("/invoices/").status_code == 403, "at the next request"
    assert successor.post("/ownership/").status_code == 404, "once"
    with scopes_disabled():
        assert Mail.objects.get(template="ownership_accepted").recipient == OWNER
        assert not OwnershipOffer.objects.exists()
    [one] = records("accept_ownership")
    assert (one.before, one.after) == ({"role": "member"}, {"role": "owner", "former": staffed["owner"].ref})


def test_an_offer_is_withdrawn_replaced_and_ends_after_seven_days(staffed):
    owner, member, admin = inside(OWNER), inside(MEMBER), inside()
    offer(owner, staffed["member"])
    offer(owner, staffed["administrator"])
    assert member.post("/ownership/").status_code == 404, "another was offered it meanwhile"
    assert admin.get("/ownership/").status_code == 200
    assert "The offer was withdrawn" in words(owner.post("/ownership/withdraw/", follow=True))
    owner.post("/ownership/withdraw/")
    assert admin.post("/ownership/").status_code == 404
    assert len(records("withdraw_ownership")) == 1
    offer(owner, staffed["member"])
    with scopes_disabled():
        made = OwnershipOffer.objects.get()
        assert made.ends_at - made.offered_at == timedelta(days=7)
        OwnershipOffer.objects.update(ends_at=clock.now())
    assert member.post("/ownership/").status_code == 404
    assert roles()[OWNER] == "owner"


def test_who_looks_at_another_customer_is_led_to_the_one_whose_account_is_offered(staffed, contract):
    other = people.contract(people.customer(number="2", name="Südwind AG"), number="V2")
    people.member(other.customer, "auditor", person=staffed["member"].person)
    offer(inside(OWNER), staffed["member"])
    successor = inside(MEMBER)
    successor.post("/contracts/switch/", {"contract": other.ref})
    answer = successor.get("/ownership/")
    assert (answer.status_code, "Switch to Nordwind Logistik GmbH" in words(answer)) == (404, True)
    assert successor.post("/ownership/").status_code == 404, "not for the customer looked at"
    answer = successor.post("/contracts/switch/", {"contract": contract.ref, "next": "/ownership/"}, follow=True)
    assert "The owner offers you the account" in words(answer)
    elsewhere = successor.post("/contracts/switch/", {"contract": contract.ref, "next": "https://evil.example/"})
    assert elsewhere.url == "/"
    assert "Nobody offers you this account now" in words(inside().get("/ownership/")), "nobody else hears of it"


def test_only_the_owner_offers_and_only_to_somebody_active(staffed, contract):
    other = people.member(
        people.contract(people.customer(number="2"), number="V2").customer, "member", mail="x@x.example"
    )
    owner = inside(OWNER)
    assert inside().post(f"/members/{staffed['member'].ref}/offer-ownership/", {"sure": "yes"}).status_code == 403
    assert inside().post("/ownership/withdraw/").status_code == 403
    assert owner.post(f"/members/{other.ref}/offer-ownership/", {"sure": "yes"}).status_code == 404
    assert "Tick that you want" in words(offer(owner, staffed["member"], sure=""))
    assert "Only somebody else" in words(offer(owner, staffed["owner"]))
    change(staffed["member"], state="deactivated")
    assert "Only somebody else" in words(offer(owner, staffed["member"]))
    assert records("offer_ownership") == []


def test_who_is_deactivated_or_removed_meanwhile_becomes_no_owner(staffed):
    owner, member = inside(OWNER), inside(MEMBER)
    offer(owner, staffed["member"])
    owner.post(f"/members/{staffed['member'].ref}/deactivate/")
    assert member.post("/ownership/").status_code in (302, 404)
    owner.post(f"/members/{staffed['member'].ref}/reactivate/")
    owner.post(f"/members/{staffed['member'].ref}/remove/")
    assert roles() == {OWNER: "owner", ADMIN: "administrator"}
    with scopes_disabled():
        assert not OwnershipOffer.objects.exists()


def test_who_is_being_deactivated_becomes_no_owner(staffed):
    offer(inside(OWNER), staffed["member"])
    successor = inside(MEMBER)

    def accept():
        try:
            return successor.post("/ownership/").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with scopes_disabled(), transaction.atomic():
            Membership.objects.filter(pk=staffed["member"].pk).update(state="deactivated")
            answer = other.submit(accept)
            wait([answer], timeout=1)  # it has read the offer by now, and waits for the row
        answer.result()
    assert (row_of(MEMBER).role, row_of(MEMBER).state) == ("member", "deactivated")
    assert row_of(OWNER).role == "owner"


def test_accepting_twice_and_withdrawing_at_once_leave_one_owner(staffed):
    owner = inside(OWNER)
    offer(owner, staffed["member"])
    crowd = [inside(MEMBER), inside(MEMBER), owner]

    def one(client):
        try:
            path = "/ownership/withdraw/" if client is owner else "/ownership/"
            return client.post(path).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, crowd))
    assert sorted(roles().values()).count("owner") == 1
    accepted = len(records("accept_ownership"))
    assert accepted + len(records("withdraw_ownership")) == 1
    assert row_of(MEMBER).role == ("owner" if accepted else "member")
