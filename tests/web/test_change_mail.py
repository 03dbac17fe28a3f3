"""A person signs in with another address: proved by a code mailed to it, told to both mailboxes (R12, R17, R18)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.one_person import at_the_desk, seen_on
from tests.web.test_account import enter, inside, records
from tests.web.visitors import words
from torhaus.accounts.models import ErasureRequest, MailChange, PasswordReset, User
from torhaus.core import clock
from torhaus.core.link_codes import number_of, with_codes
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
    rows = Mail.objects.model._base_manager.filter(recipient=recipient).order_by("pk")
    return [with_codes(row.text) for row in rows]


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
        assert "No address waits for its code any more" in words(answer)
        client.post(ASK, {"mail": NEW})
    with clock.at(now + timedelta(minutes=11)):
        client.post("/account/confirm/", {"password": people.PASSWORD})
        answer = client.post(CODE, {"code": code_in(mails(NEW)[1])}, follow=True)
        assert "No address waits for its code any more" in words(answer)
    assert User.objects.get(pk=owner.pk).mail == OLD


def test_another_wish_ends_the_one_before_and_there_are_few_an_hour(client):
    for mail in ("a@x.example", "b@x.example", "c@x.example"):
        assert client.post(ASK, {"mail": mail}).status_code == 302
    assert "There were too many codes for now." in words(client.post(ASK, {"mail": "d@x.example"}))
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
