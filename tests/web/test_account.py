"""My account: password, language, factors and sessions, each deed recorded once and refused to strangers."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.authenticator import code_of, codes_on, key_on, set_up
from tests.doors import signed_in
from tests.web.visitors import words
from torhaus.accounts.models import OpenSession, User
from torhaus.accounts.open_sessions import forget_old_sessions
from torhaus.core import clock
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db
MAIL, NEW = "owner@nordwind.example", "four-uncommon-words-here"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGES = ("/account/", "/account/confirm/", "/account/password/", "/account/app/", "/account/passkeys/new/",
         "/account/recovery-codes/")  # fmt: skip


@pytest.fixture
def contract():
    people.vendor()
    return people.contract(people.customer(language="en"))


@pytest.fixture
def owner(contract):
    return people.member(contract.customer).person


def enter(mail=MAIL, given=people.PASSWORD, **headers):
    client = Client(headers={"accept-language": "en", **headers})
    answer = client.post("/login/person/", {"mail": mail, "password": given})
    assert answer.status_code == 302, answer.content.decode()
    return client


def records(name):
    with scopes_disabled():
        return list(Record.objects.filter(deed=name).order_by("pk"))


def inside(client) -> bool:
    return client.get("/dashboard/").status_code == 200


def test_everybody_with_an_account_has_the_page_and_a_token_has_none(contract, owner):
    client = enter()
    page = words(client.get("/account/"))
    assert MAIL in page
    assert "Second factors" in page
    staff = people.staff("billing")
    client = Client(headers={"accept-language": "en"})
    client.post("/staff/sign-in/", {"mail": staff.mail, "password": people.PASSWORD})
    page = client.get("/account/")
    assert staff.mail in words(page)
    assert "Back office" in page.content.decode()
    for path in PAGES:
        assert Client().get(path).url.startswith("/login/?next=%2Faccount%2F"), path
        assert signed_in(people.token(contract)).get(path).status_code == 403, path


def test_somebody_without_any_customer_keeps_their_account():
    people.vendor()
    people.person()
    client = enter("jo@nordwind.example")
    assert client.get("/account/").status_code == 200


# Password


def test_R3_R17_a_password_is_changed_only_by_whoever_knows_it_and_all_others_are_out(contract, owner):
    client, other = enter(), enter()
    assert inside(other)
    form = {"current": "wrong-wrong-wrong-wrong", "password": NEW}
    assert client.post("/account/password/", form).status_code == 422
    assert client.post("/account/password/", {"password": NEW}).status_code == 422
    assert records("change_password") == []
    before = client.cookies["torhaus_session"].value
    answer = client.post("/account/password/", form | {"current": people.PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/account/")
    assert client.cookies["torhaus_session"].value != before, "R13"
    assert inside(client)
    assert not inside(other)
    assert OpenSession.objects.count() == 1
    [one] = records("change_password")
    assert (one.actor_ref, one.subject_ref, one.customer_ref) == (owner.ref, owner.ref, contract.customer.ref)
    assert client.post("/account/password/", form | {"current": people.PASSWORD}).status_code == 422, "again"
    enter(given=NEW)


@pytest.mark.parametrize("bad", ["", "short", "1q2w3e4r5t6y7u8i9o0p", MAIL])
def test_R1_an_unfit_password_changes_nothing(owner, bad):
    client = enter()
    assert client.post("/account/password/", {"current": people.PASSWORD, "password": bad}).status_code == 422
    assert records("change_password") == []
    enter()


def test_R2_a_new_password_is_taken_unaltered(owner):
    odd = " Žluťoučký kůň 🐎 " + "Ä" * 46 + "x "
    assert enter().post("/account/password/", {"current": people.PASSWORD, "password": odd}).status_code == 302
    enter(given=odd)


def test_whoever_knows_the_password_keeps_nobody_at_the_address_waiting(owner):
    client = enter()
    assert {client.post("/account/confirm/", {"password": people.PASSWORD}).status_code for _ in range(12)} == {302}


def test_R4_guessing_the_password_of_an_open_session_is_throttled(owner):
    client = enter()
    tries = [client.post("/account/confirm/", {"password": "x"}, REMOTE_ADDR=f"192.0.2.{n}") for n in range(11)]
    assert [answer.status_code for answer in tries] == [422] * 10 + [429]


# Reauthentication


def test_R18_factors_change_only_after_a_fresh_password(owner):
    with clock.at(people.NOON):
        client = enter()
    with clock.at(people.NOON + timedelta(minutes=6)):
        for path in ("/account/app/", "/account/passkeys/new/", "/account/recovery-codes/"):
            assert client.get(path).url.startswith("/account/confirm/?next=%2Faccount%2F"), path
            assert client.post(path, {"code": "1"}).url == "/account/confirm/?next=%2Faccount%2F", path
        assert client.post("/account/passkeys/options/").status_code == 302
        asked = client.get("/account/app/").url
        assert client.post(asked, {"password": "wrong"}).status_code == 422
        before = client.cookies["torhaus_session"].value
        answer = client.post("/account/confirm/", {"password": people.PASSWORD, "next": "/account/app/"})
        assert answer.url == "/account/app/"
        assert client.cookies["torhaus_session"].value != before, "R13"
        assert client.get("/account/app/").status_code == 200
        answer = client.post("/account/confirm/", {"password": people.PASSWORD, "next": "https://evil.example/"})
        assert answer.url == "/account/", "R28"


# Authenticator app and recovery codes


def test_an_app_is_set_up_with_key_picture_and_codes_and_removed(contract, owner):
    client = enter()
    page = client.get("/account/app/")
    secret = key_on(page)
    assert len(secret) == 32
    assert "data:image/svg+xml," in page.content.decode()
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert client.post("/account/app/", {"code": "000000"}).status_code == 422
    assert client.post("/account/app/", {"code": ""}).status_code == 422
    assert key_on(client.get("/account/app/")) == secret, "a mistyped code spoils nothing"
    answer = client.post("/account/app/", {"code": code_of(secret)})
    codes = codes_on(answer)
    assert len(set(codes)) == 10
    assert codes[0] not in client.get("/account/").content.decode(), "shown once"
    [one] = records("turn_on_totp")
    assert (one.after, one.customer_ref) == ({"factor": "totp", "recovery_codes": 10}, contract.customer.ref)
    again = client.post("/account/app/", {"code": code_of(secret)}, follow=True)
    assert "already" in words(again)
    assert client.get("/account/app/off/").status_code == 200
    assert client.post("/account/app/off/").url == "/account/"
    assert len(records("turn_on_totp")) == len(records("turn_off_totp")) == 1
    assert Authenticator.objects.count() == 0, "the codes went with it"
    assert client.post("/account/app/off/").status_code == 404


def test_R17_a_change_of_factors_ends_all_other_sessions_if_one_wants(owner):
    client, other = enter(), enter()
    secret = key_on(client.get("/account/app/"))
    client.post("/account/app/", {"code": code_of(secret)})
    assert inside(other), "not asked for"
    client.post("/account/app/off/", {"end_others": "on"})
    assert not inside(other)
    assert inside(client)
    assert len(records("end_other_sessions")) == 1


def test_new_recovery_codes_end_the_old_ones(owner):
    client = enter()
    assert client.post("/account/recovery-codes/").url == "/account/", "nothing to recover"
    _secret, old = set_up(client)
    assert client.get("/account/recovery-codes/").status_code == 200
    new = codes_on(client.post("/account/recovery-codes/"))
    assert len(new) == 10
    assert not set(new) & set(old)
    assert len(records("renew_recovery_codes")) == 1
    other = enter()
    assert other.post("/login/second-factor/", {"code": old[0]}).status_code == 422
    assert other.post("/login/second-factor/", {"code": new[0]}).status_code == 302


def test_nobody_touches_anothers_factors(contract, owner):
    set_up(enter())
    passkey = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Key", "credential": {}})
    people.member(contract.customer, "administrator")
    other = enter("administrator@nordwind.example")
    assert other.post("/account/app/off/").status_code == 404
    assert other.post(f"/account/passkeys/{passkey.pk}/remove/").status_code == 404
    assert other.post("/account/recovery-codes/").url == "/account/"
    assert Authenticator.objects.filter(user=owner).count() == 3


def test_a_passkey_needs_a_name_and_an_answer_to_our_question(owner):
    client = enter()
    options = client.post("/account/passkeys/options/").json()["publicKey"]
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["user"]["name"] == MAIL
    for form in ({"name": "", "credential": "{}"}, {"name": "Key", "credential": "{}"}, {"name": "Key"}):
        assert client.post("/account/passkeys/new/", form).status_code == 422
    assert records("add_passkey") == []


def test_passkeys_are_removed_and_the_last_one_takes_the_codes_along(owner):
    client = enter()
    rows = [
        Authenticator.objects.create(user=owner, type="webauthn", data={"name": name, "credential": {}})
        for name in ("Laptop", "Phone")
    ]
    session = client.session
    session["factor"] = "passkey"
    session.save()
    assert "Laptop" in words(client.get("/account/"))
    client.post("/account/recovery-codes/")
    for row in rows:
        assert client.get(f"/account/passkeys/{row.pk}/remove/").status_code == 200
        assert client.post(f"/account/passkeys/{row.pk}/remove/").status_code == 302
        assert client.post(f"/account/passkeys/{row.pk}/remove/").status_code == 404
    assert len(records("remove_passkey")) == 2
    assert Authenticator.objects.count() == 0


# Sessions


def test_R19_sessions_are_listed_and_ended_one_by_one(owner):
    client, other = enter(user_agent=FIREFOX), enter(user_agent="curl/8")
    page = words(client.get("/account/"))
    assert "Firefox, Linux 127.0.0.1" in page
    assert "unknown device" in page
    theirs = OpenSession.objects.get(key=other.cookies["torhaus_session"].value)
    assert client.post(f"/account/sessions/{theirs.ref}/end/").status_code == 302
    assert not inside(other)
    assert inside(client)
    assert len(records("end_own_session")) == 1
    assert client.post(f"/account/sessions/{theirs.ref}/end/").status_code == 404
    assert "unknown device" not in words(client.get("/account/"))


def test_R19_all_other_sessions_are_ended_at_once(owner):
    client, *others = (enter() for _ in range(3))
    assert client.post("/account/sessions/end-others/").status_code == 302
    assert [inside(one) for one in (client, *others)] == [True, False, False]
    [one] = records("end_other_sessions")
    assert one.after == {"sessions": 2}
    assert "signed in nowhere else" in words(client.post("/account/sessions/end-others/", follow=True))
    assert len(records("end_other_sessions")) == 1


def test_R19_nobody_ends_anothers_session(contract, owner):
    victim = enter()
    people.member(contract.customer, "administrator")
    other = enter("administrator@nordwind.example")
    row = OpenSession.objects.get(user=owner)
    assert other.post(f"/account/sessions/{row.ref}/end/").status_code == 404
    other.post("/account/sessions/end-others/")
    assert inside(victim)


def listed(client) -> int:
    return client.get("/account/").content.decode().count('data-l="Address"')


def test_a_session_that_was_left_or_is_over_is_not_listed(owner):
    with clock.at(people.NOON):
        client, left = enter(user_agent="left"), enter()
        left.post("/logout/")
        assert listed(client) == 1
    with clock.at(people.NOON + timedelta(minutes=50)):
        client.get("/account/")
    with clock.at(people.NOON + timedelta(minutes=70)):
        late = enter()
        assert listed(late) == 2
    with clock.at(people.NOON + timedelta(minutes=115)):
        assert listed(late) == 1, "the first one was idle for too long"
    with clock.at(people.NOON + timedelta(days=40)):
        assert forget_old_sessions() == 2


# Language


def test_language_is_kept_for_pages_and_mails(owner):
    client = enter()
    assert client.post("/account/language/", {"language": "de"}).status_code == 302
    page = client.get("/account/")
    assert "Mein Konto" in words(page)
    assert User.objects.get(mail=MAIL).language == "de"
    client.post("/account/language/", {"language": "de"})
    [one] = records("change_language")
    assert (one.before, one.after) == ({"language": "en"}, {"language": "de"})
    for odd in ("", "fr", "x" * 300):
        client.post("/account/language/", {"language": odd})
    assert User.objects.get(mail=MAIL).language == "de"
