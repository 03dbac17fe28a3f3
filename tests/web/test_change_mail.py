"""A person signs in with another address: proved by a code mailed to it, told to both mailboxes (R12, R17, R18)."""

import re
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.one_person import at_the_desk, seen_on
from tests.web.test_account import enter, inside, records
from tests.web.visitors import words
from torhaus.accounts.models import ErasureRequest, MailChange, PasswordReset, User
from torhaus.core import clock
from torhaus.core.link_codes import number_of
from torhaus.notices.delivery import deliver
from torhaus.notices.models import Mail
from torhaus.organisations.models import Membership

pytestmark = pytest.mark.django_db
OLD, NEW = "owner@nordwind.example", "jo.neu@nordwind.example"
ASK, CODE = "/account/mail/", "/account/mail/code/"


@pytest.fixture
def contract():
    people.vendor()
    return people.contract(people.customer(language="en"))


@pytest.fixture
def owner(contract):
    return people.member(contract.customer).person


@pytest.fixture
def client(owner):
    """Their browser, where the password was given a moment ago."""
    found = enter(OLD)
    found.post("/account/confirm/", {"password": people.PASSWORD})
    return found


def mails(recipient: str) -> list[str]:
    """What came into a mailbox."""
    for row in Mail.objects.model._base_manager.filter(recipient=recipient, sent_at=None).order_by("pk"):
        assert deliver(row.pk)
    return [one.body for one in outbox.outbox if recipient in one.to[0]]


def code_in(text: str) -> str:
    return re.search(r"^(\d{4} \d{4})$", text, re.MULTILINE).group(1)


def test_R18_the_password_is_asked_for_first(owner):
    client = enter(OLD)
    with clock.at(clock.now() + timedelta(minutes=6)):
        for path in (ASK, CODE):
            assert client.get(path).url.startswith("/account/confirm/?next=")
            assert client.post(path, {"mail": NEW, "code": "1"}).url.startswith("/account/confirm/")
    assert not MailChange.objects.exists()


def test_R12_R17_the_code_in_the_new_mailbox_changes_the_address_and_ends_all_else(contract, owner, client):
    other = enter(OLD)
    PasswordReset.objects.create(user=owner, asked_at=clock.now(), expires_at=clock.now() + timedelta(hours=1))
    assert client.post(ASK, {"mail": f" {NEW.upper()} "}).url == CODE
    [letter] = mails(NEW)
    assert owner.name not in letter, "a stranger may read it"
    assert f"A mail to {NEW} is on its way." in words(client.get(CODE))
    assert User.objects.get(pk=owner.pk).mail == OLD, "nothing changes before"
    answer = client.post(CODE, {"code": code_in(letter)}, follow=True)
    assert f"You sign in with {NEW} from now on." in words(answer)
    assert User.objects.get(pk=owner.pk).mail == NEW
    assert inside(client)
    assert not inside(other)
    assert not PasswordReset.objects.filter(expires_at__gt=clock.now()).exists(), "links to the old mailbox end"
    assert ["was changed" in text for text in (*mails(OLD), mails(NEW)[1])] == [True, True]
    assert "whoever has the new address" in mails(OLD)[0]
    [asked], [done] = records("ask_mail_change"), records("change_mail")
    assert {asked.subject_ref, done.subject_ref} == {owner.ref}
    assert Client().post("/login/person/", {"mail": OLD, "password": people.PASSWORD}).status_code == 422
    assert Client().post("/login/person/", {"mail": NEW, "password": people.PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "You sign in with this address already."), ("de", "Sie melden sich schon mit dieser Adresse an.")],
)
def test_ones_own_address_is_no_other(client, language, said):
    client.cookies["torhaus_language"] = language
    answer = client.post(ASK, {"mail": OLD.upper()})
    assert answer.status_code == 422
    assert said in words(answer)


@pytest.mark.parametrize("bad", ["", "nobody", "a@b", "x" * 10_001 + "@x.example", "a@x.example\nBcc: b@x.example"])
def test_nonsense_mails_nobody(client, bad):
    assert client.post(ASK, {"mail": bad}).status_code == 422
    assert not MailChange.objects.exists()


def test_R7_whether_somebody_has_an_address_is_told_to_its_mailbox_only(contract, client):
    people.member(contract.customer, "member", mail="al@nordwind.example")
    free, taken = (client.post(ASK, {"mail": mail}, follow=True) for mail in (NEW, "al@nordwind.example"))
    assert words(free).replace(NEW, "") == words(taken).replace("al@nordwind.example", "")
    letter = mails("al@nordwind.example")[-1]
    assert "There is an account with it already" in letter
    assert not re.search(r"\d{4} \d{4}", letter)


def test_an_address_that_somebody_gets_in_between_stays_theirs(client, owner):
    client.post(ASK, {"mail": NEW})
    people.person(mail=NEW)
    answer = client.post(CODE, {"code": code_in(mails(NEW)[0])})
    assert answer.status_code == 422
    assert "Somebody else signs in with this address by now." in words(answer)
    assert User.objects.get(pk=owner.pk).mail == OLD
    assert inside(client)


def test_R12_a_code_is_wrong_after_five_tries_ten_minutes_or_one_use(client, owner):
    now = clock.now()
    with clock.at(now):
        client.post(ASK, {"mail": NEW})
        right = code_in(mails(NEW)[0])
        assert "does not work" in words(client.post(CODE, {"code": "0000 0000"}))
        for _n in range(4):
            client.post(CODE, {"code": "0000 0000"})
        answer = client.post(CODE, {"code": right}, follow=True)
        assert "The code is too old, or was wrong too often." in words(answer)
        client.post(ASK, {"mail": NEW})
    with clock.at(now + timedelta(minutes=11)):
        client.post("/account/confirm/", {"password": people.PASSWORD})
        answer = client.post(CODE, {"code": code_in(mails(NEW)[1])}, follow=True)
        assert "The code is too old, or was wrong too often." in words(answer)
    assert User.objects.get(pk=owner.pk).mail == OLD


def test_another_wish_ends_the_one_before_and_there_are_few_an_hour(client):
    for mail in ("a@x.example", "b@x.example", "c@x.example"):
        assert client.post(ASK, {"mail": mail}).status_code == 302
    assert "You asked for too many codes." in words(client.post(ASK, {"mail": "d@x.example"}))
    assert client.post(CODE, {"code": code_in(mails("a@x.example")[0])}).status_code == 422
    client.post(CODE, {"code": code_in(mails("c@x.example")[0])})
    assert User.objects.get().mail == "c@x.example"


def test_somebody_elses_code_changes_nothing(contract, client, owner):
    client.post(ASK, {"mail": NEW})
    people.member(contract.customer, "member", mail="al@nordwind.example")
    other = enter("al@nordwind.example")
    other.post("/account/confirm/", {"password": people.PASSWORD})
    other.post(ASK, {"mail": "al2@nordwind.example"})
    mine = MailChange.objects.get(user=owner)
    assert other.post(CODE, {"code": number_of(mine.ref)}).status_code == 422
    assert set(User.objects.values_list("mail", flat=True)) == {OLD, "al@nordwind.example"}


def test_each_customer_reads_of_it_and_links_in_the_old_mailbox_end(contract, owner, client):
    other = people.contract(people.customer("K-2", name="Harbour"), number="V-2")
    second = people.member(other.customer, "administrator", person=owner)
    with scopes_disabled():
        Membership.objects.filter(pk=second.pk).update(
            passkey_link="abcdefghijkl", passkey_link_ends_at=clock.now() + timedelta(days=1)
        )
    client.post(ASK, {"mail": NEW})
    client.post(CODE, {"code": code_in(mails(NEW)[0])})
    assert sorted(one.customer_ref for one in records("change_mail")) == sorted(
        [contract.customer.ref, other.customer.ref]
    )
    with scopes_disabled():
        assert Membership.objects.get(pk=second.pk).passkey_link == ""
    assert "Somebody changed the address they sign in with" in words(client.get("/activity/"))


def test_R65_who_asked_to_be_erased_keeps_the_address_until_that_is_decided(contract, client, owner):
    people.member(contract.customer, "administrator", mail="al@nordwind.example")
    with scopes_disabled():
        Membership.objects.filter(person=owner).update(role="member")
    client.post(ASK, {"mail": NEW})
    client.post("/account/erasure/")
    for path, form in ((ASK, {"mail": "x@nordwind.example"}), (CODE, {"code": code_in(mails(NEW)[0])})):
        answer = client.post(path, form)
        assert answer.status_code == 422
        assert "You asked to be erased under the address you have now." in words(answer)
    assert User.objects.get(pk=owner.pk).mail == OLD


def test_R65_a_wish_about_an_address_never_erases_who_got_it_since(contract, client):
    staff = at_the_desk()
    form = {"mail": "gone@nordwind.example", "asked_on": clock.today("Europe/Berlin"), "note": "By letter."}
    staff.post("/staff/personal-data/new/", form)
    asked = ErasureRequest.objects.get()
    page = staff.get(f"/staff/personal-data/{asked.ref}/")
    seen = seen_on(page)
    people.member(contract.customer, "member", mail="gone@nordwind.example")
    page = staff.get(f"/staff/personal-data/{asked.ref}/")
    assert "belongs to another account than on" in words(page)
    answer = staff.post(f"/staff/personal-data/{asked.ref}/erase/", {"seen": seen}, follow=True)
    assert "Another account has this address by now. Nothing was erased." in words(answer)
    answer = staff.post(f"/staff/personal-data/{asked.ref}/export/", follow=True)
    assert "Its data is not given out here." in words(answer)
    staff.post(f"/staff/personal-data/{asked.ref}/decline/", {"reason": "Somebody else has it now."})
    assert User.objects.filter(mail="gone@nordwind.example").exists()
    assert mails("gone@nordwind.example") == [], "nobody is told of somebody else's wish"


def test_R65_who_is_erased_is_erased_under_former_addresses_too(contract, client, owner):
    people.member(contract.customer, "administrator", mail="al@nordwind.example")
    client.post(ASK, {"mail": NEW})
    client.post(CODE, {"code": code_in(mails(NEW)[0])})
    with scopes_disabled():
        Membership.objects.filter(person=owner).update(role="member")
    assert client.post("/account/erasure/", follow=True).status_code == 200
    asked, staff = ErasureRequest.objects.get(), at_the_desk()
    seen = seen_on(staff.get(f"/staff/personal-data/{asked.ref}/"))
    staff.post(f"/staff/personal-data/{asked.ref}/erase/", {"seen": seen})
    assert not User.objects.filter(mail=NEW).exists()
    assert not MailChange.objects.exists()
    [former] = ErasureRequest.objects.filter(state="open")
    assert (former.mail, former.due_on) == (OLD, asked.due_on)
    before = len(mails(OLD))
    seen = seen_on(staff.get(f"/staff/personal-data/{former.ref}/"))
    staff.post(f"/staff/personal-data/{former.ref}/erase/", {"seen": seen})
    assert ErasureRequest.objects.filter(state="done").count() == 2
    assert len(mails(OLD)) == before, "the mailbox may be somebody else's by now"
