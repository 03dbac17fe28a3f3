"""Where passkeys alone let people in: nobody makes one by a weaker way, and everybody who is to come in gets one."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.web.test_company_security import ADMIN, MEMBER, OWNER, ask, company, inside, opens, passkey
from tests.web.test_people import NEW, follow, links, sign_in, work
from tests.web.visitors import words
from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.journeys.add_passkey import add_passkey
from torhaus.notices.models import Mail
from torhaus.organisations.models import Membership
from torhaus.organisations.passkey_links import PasskeyNotPermitted
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db(transaction=True)
ADD, ONLY = "/account/passkeys/new/", frozenset({"passkey"})


@pytest.fixture
def customer(settings, tmp_path):
    """A customer that lets people in by passkeys only; its owner and administrator have one, the member has none."""
    settings.EMAIL_FILE_PATH, settings.EMAIL_BACKEND = tmp_path, "torhaus.core.mail.EmlBackend"
    made = company()
    passkey(OWNER), passkey(ADMIN)
    ask(made, methods=ONLY)
    return made


def by_passkey(mail) -> Client:
    """A session that was begun by a passkey just now."""
    user = User.objects.get(mail=mail)
    return staff_client(user, method="passkey", factor="passkey", confirmed_at=clock.now().timestamp())


def row_of(mail, **where) -> Membership:
    with scopes_disabled():
        return Membership.objects.get(person__mail=mail, **where)


def records(name) -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed=name).order_by("pk"))


def sent_link(tmp_path, mail=MEMBER) -> str:
    """The newest link for a passkey, as an administrator had it sent."""
    answer = by_passkey(ADMIN).post(f"/members/{row_of(mail).ref}/passkey-link/", follow=True)
    assert "The link for a passkey is on its way" in words(answer)
    work()
    return links(tmp_path, "passkey")[-1]


def add(mail, followed=(), methods=frozenset({"password"})) -> None:
    """Add a passkey whose ceremony is done, in a session that was begun by ``methods`` and followed links."""
    user = User.objects.get(mail=mail)
    more = {"customer_ref": "", "by": people.SYSTEM, "links": followed, "methods": methods}
    add_passkey(user=user, name="Key", credential={"id": "x"}, **more)


def test_a_password_of_another_customer_makes_no_passkey_for_this_one(customer):
    other = people.contract(people.customer("2", "Ostwind AG", language="en"), number="V-2")
    people.member(other.customer, "member", person=User.objects.get(mail=MEMBER))
    client = inside(MEMBER)
    assert opens(client, "/contracts/")
    answer = client.get(ADD, follow=True)
    assert answer.redirect_chain == [("/account/", 302)]
    assert "Nordwind Logistik GmbH lets people in by passkeys only" in words(answer)
    assert client.post(ADD, {"name": "K", "credential": "{}"}).url == "/account/"
    with pytest.raises(PasskeyNotPermitted, match="Nordwind"):
        add(MEMBER)
    for methods in ({"code"}, {"password"}):
        with pytest.raises(PasskeyNotPermitted):
            add(MEMBER, followed=["", "abcdefghijkl"], methods=frozenset(methods))
    assert not Authenticator.objects.filter(user__mail=MEMBER).exists()
    assert records("add_passkey") == []


def test_who_came_in_by_a_passkey_adds_another(customer):
    assert by_passkey(ADMIN).get(ADD).status_code == 200
    add(ADMIN, methods=ONLY)
    assert Authenticator.objects.filter(user__mail=ADMIN, type="webauthn").count() == 2


def test_by_an_administrators_link_and_the_password_one_passkey_is_added(customer, tmp_path):
    link = sent_link(tmp_path)
    [mail] = _mails("passkey_link")
    assert (mail.recipient, link.split("/")[-2] in mail.text) == (MEMBER, False), "its code is kept nowhere"
    client = Client(headers={"accept-language": "en"})
    assert client.get(link).url == "/login/"
    assert "then you add the passkey" in words(client.get("/login/"))
    _client, answer = sign_in(MEMBER, client=client)
    assert answer.url == ADD
    assert client.get(ADD).status_code == 200
    assert client.get("/dashboard/").status_code == 403, "the link alone opens no page of the customer"
    [one] = records("send_passkey_link")
    assert (one.actor_ref, one.subject_ref) == (User.objects.get(mail=ADMIN).ref, row_of(MEMBER).ref)
    add(MEMBER, followed=[row_of(MEMBER).passkey_link])
    assert row_of(MEMBER).passkey_link == ""
    assert Client().get(link).status_code == 410, "once"
    with pytest.raises(PasskeyNotPermitted):
        add(MEMBER, followed=[link.split("/")[-3]])
    assert "Somebody was sent a link to add a passkey" in words(by_passkey(OWNER).get("/activity/"))


def _mails(template) -> list[Mail]:
    with scopes_disabled():
        return list(Mail.objects.filter(template=template).order_by("pk"))


def test_the_link_without_the_password_opens_nothing_and_helps_nobody_else(customer, tmp_path):
    link = sent_link(tmp_path)
    client = follow(link)
    assert client.get(ADD).status_code == 302
    assert client.get("/account/").status_code == 302
    other = people.member(customer, "auditor", mail="auditor@nordwind.example")
    _client, answer = sign_in(other.person.mail, client=client)
    assert answer.url == "/login/", "another's link lets nobody in"
    with pytest.raises(PasskeyNotPermitted):
        add(other.person.mail, followed=[row_of(MEMBER).passkey_link])


def test_a_link_ends_after_a_day_with_a_newer_one_and_with_the_membership(customer, tmp_path):
    first = sent_link(tmp_path)
    second = sent_link(tmp_path)
    assert first != second
    assert "works once, for a day" in words(Client(headers={"accept-language": "en"}).get(first))
    forged = second[:-3] + ("0/" if second[-2] != "0" else "1/")
    assert [Client().get(path).status_code for path in (first, forged, "/passkey/é/é/", second)] == [410, 410, 410, 302]
    with clock.shifted(timedelta(hours=25)):
        assert Client().get(second).status_code == 410
        with pytest.raises(PasskeyNotPermitted):
            add(MEMBER, followed=[row_of(MEMBER).passkey_link])
    by_passkey(ADMIN).post(f"/members/{row_of(MEMBER).ref}/deactivate/")
    assert Client().get(second).status_code == 410


def test_of_two_who_use_a_link_at_the_same_moment_one_adds_a_passkey(customer, tmp_path):
    sent_link(tmp_path)
    ref = row_of(MEMBER).passkey_link

    def use(_number) -> bool:
        try:
            add(MEMBER, followed=[ref])
        except PasskeyNotPermitted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(3) as crowd:
        assert sorted(crowd.map(use, range(3))) == [False, False, True]
    assert Authenticator.objects.filter(user__mail=MEMBER, type="webauthn").count() == 1


def test_each_customer_that_asks_for_passkeys_has_to_permit_it(customer, tmp_path):
    sent_link(tmp_path)
    other = people.contract(people.customer("2", "Ostwind AG", language="en"), number="V-2").customer
    people.member(other, "owner", mail="owner@ostwind.example")
    passkey("owner@ostwind.example")
    people.member(other, "member", person=User.objects.get(mail=MEMBER))
    ask(other, methods=ONLY)
    ref = row_of(MEMBER, customer=customer).passkey_link
    with pytest.raises(PasskeyNotPermitted, match="Ostwind"):
        add(MEMBER, followed=[ref])
    boss = by_passkey("owner@ostwind.example")
    assert boss.post(f"/members/{row_of(MEMBER, customer=other).ref}/passkey-link/").status_code == 302
    assert boss.post(f"/members/{row_of(MEMBER, customer=customer).ref}/passkey-link/").status_code == 404
    add(MEMBER, followed=[ref, row_of(MEMBER, customer=other).passkey_link])


def test_who_is_invited_adds_the_first_passkey_with_the_invitation(customer, tmp_path):
    by_passkey(ADMIN).post("/members/invite/", {"name": "Kim Neu", "mail": "kim@nordwind.example", "role": "technical"})
    work()
    client = follow(links(tmp_path, "invitation")[0])
    assert client.post("/invitation/", {"name": "Kim Neu", "password": NEW}).url == "/login/"
    assert "then add a passkey" in words(client.get("/login/"))
    _client, answer = sign_in("kim@nordwind.example", NEW, client=client)
    assert answer.url == ADD
    assert client.get(ADD).status_code == 200
    row = row_of("kim@nordwind.example")
    assert re.fullmatch(r"[0-9A-Za-z]{12}", row.passkey_link)
    elsewhere, answer = sign_in("kim@nordwind.example", NEW)
    assert answer.url == "/login/", "the password alone, in another browser, opens nothing"
    assert not opens(elsewhere)
    add("kim@nordwind.example", followed=[row.passkey_link])


def test_an_invitation_elsewhere_and_where_other_ways_are_open_gives_no_link(customer, tmp_path):
    other = people.contract(people.customer("2", "Ostwind AG", language="en"), number="V-2").customer
    people.member(other, "owner", mail="owner@ostwind.example")
    boss = inside("owner@ostwind.example")
    boss.post("/members/invite/", {"name": "Jo", "mail": MEMBER, "role": "member"})
    work()
    follow(links(tmp_path, "invitation")[0]).post("/invitation/")
    row = row_of(MEMBER, customer=other)
    assert (row.state, row.passkey_link) == ("active", "")
    answer = boss.post(f"/members/{row.ref}/passkey-link/", follow=True)
    assert "No link is needed" in words(answer)
    assert "Send a link for a passkey" not in words(boss.get(f"/members/{row.ref}/"))


def test_only_who_keeps_members_in_order_sends_a_link_and_never_to_the_owner(customer):
    page = by_passkey(ADMIN).get(f"/members/{row_of(MEMBER).ref}/")
    assert "Send a link for a passkey" in words(page)
    for mail in (OWNER, ADMIN):
        answer = by_passkey(mail).post(f"/members/{row_of(OWNER).ref}/passkey-link/", follow=True)
        assert "The owner gets no link here: nobody else may let them in" in words(answer)
    passkey(MEMBER)
    assert by_passkey(MEMBER).post(f"/members/{row_of(ADMIN).ref}/passkey-link/").status_code == 403
    statuses = [by_passkey(ADMIN).post(f"/members/{row_of(MEMBER).ref}/passkey-link/").status_code for _ in range(4)]
    assert statuses == [302, 302, 302, 429]
    assert len(records("send_passkey_link")) == 3


def test_who_is_kept_out_reads_what_to_do(customer):
    user = User.objects.get(mail=MEMBER)
    client = staff_client(user, method="password")
    answer = client.get("/dashboard/", headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "Ask your owner or administrators to send you a link for one" in words(answer)
