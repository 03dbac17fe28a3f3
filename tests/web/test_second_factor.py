"""The second factor after the password: asked for, right, used up, and never gone around."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.authenticator import code_of, set_up
from tests.web.visitors import words
from torhaus.accounts.reset_links import add_password_reset
from torhaus.core import clock
from torhaus.core.link_codes import code_of as link_code_of
from torhaus.records.deeds import deed, write_record
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db(transaction=True)
MAIL, SECOND = "owner@nordwind.example", "/login/second-factor/"


@pytest.fixture
def owner():
    people.vendor()
    contract = people.contract(people.customer(language="en"))
    return people.member(contract.customer).person


def password(mail=MAIL, given=people.PASSWORD, door="/login/person/"):
    client = Client(headers={"accept-language": "en"})
    return client, client.post(door, {"mail": mail, "password": given})


@pytest.fixture
def app(owner):
    """The owner's app: its key, the recovery codes, and a clock that shows its next code."""
    secret, codes = set_up(password()[0])
    with clock.shifted(timedelta(seconds=30)):
        yield secret, codes


def records(name):
    with scopes_disabled():
        return list(Record.objects.filter(deed=name).order_by("pk"))


def inside(client) -> bool:
    return client.get("/dashboard/").status_code == 200


def test_R5_with_an_app_the_password_alone_opens_nothing(owner, app):
    client, answer = password()
    assert (answer.status_code, answer.url) == (302, SECOND)
    assert not inside(client)
    assert client.get("/account/").status_code == 302
    assert client.post(SECOND, {"code": "000000"}).status_code == 422
    assert not inside(client)
    answer = client.post(SECOND, {"code": code_of(app[0])})
    assert (answer.status_code, answer.url) == (302, "/")
    assert inside(client)
    assert [one.after for one in records("sign_in_person")] == [{}, {"factor": "totp"}]


def test_R13_the_second_step_gives_a_new_session(owner, app):
    client, _answer = password()
    before = client.cookies["torhaus_session"].value
    client.post(SECOND, {"code": code_of(app[0])})
    assert client.cookies["torhaus_session"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_code_works_once_and_only_near_its_time(owner, app):
    first, _answer = password()
    code = code_of(app[0])
    assert first.post(SECOND, {"code": f" {code[:3]} {code[3:]} "}).status_code == 302
    second, _answer = password()
    assert second.post(SECOND, {"code": code}).status_code == 422
    for later in (-3, -2, 2, 3):
        assert second.post(SECOND, {"code": code_of(app[0], later=later)}).status_code == 422
    assert second.post(SECOND, {"code": code_of(app[0], later=1)}).status_code == 302


def crowd(owner, code, size=2) -> list[int]:
    """What ``size`` browsers with the right password get for the same code at once."""
    clients = [password()[0] for _ in range(size)]

    def one(client):
        try:
            with clock.shifted(timedelta(seconds=30)):
                return client.post(SECOND, {"code": code}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(size) as pool:
        return sorted(pool.map(one, clients))


def test_R10_of_parallel_submissions_of_one_code_exactly_one_succeeds(owner, app):
    assert crowd(owner, code_of(app[0]), 4) == [302, 422, 422, 422]


def test_a_recovery_code_works_once_even_at_once(owner, app):
    _secret, codes = app
    assert len(set(codes)) == 10
    assert crowd(owner, codes[0], 3) == [302, 422, 422]
    client, _answer = password()
    answer = client.post(SECOND, {"code": codes[1].replace(" ", "")}, follow=True)
    assert "8 are left" in words(answer)
    assert records("sign_in_person")[-1].after == {"factor": "recovery"}


def test_R9_a_new_password_by_mail_does_not_skip_the_second_factor(owner, app):
    link = reset_for(owner)
    client = Client()
    client.get(f"/lost-password/{link}/{link_code_of(link)}/")
    assert client.post("/lost-password/new/", {"password": "four-uncommon-words-here"}).url == "/login/"
    assert not inside(client)
    client, answer = password(given="four-uncommon-words-here")
    assert answer.url == SECOND
    assert not inside(client)


def reset_for(owner) -> str:
    @deed("planted_reset")
    def make():
        write_record(by=people.SYSTEM)
        return add_password_reset(user=owner).ref

    return make()


def test_the_second_step_has_ten_minutes_and_ends_with_the_password(owner, app):
    client, _answer = password()
    with clock.shifted(timedelta(minutes=10, seconds=1)):
        assert client.get(SECOND).url == "/login/"
        assert client.post(SECOND, {"code": code_of(app[0])}).url == "/login/"
    client, _answer = password()
    owner.set_password("four-uncommon-words-here")
    owner.save()
    assert client.post(SECOND, {"code": code_of(app[0])}).url == "/login/"
    assert Client().get(SECOND).url == "/login/"


def test_somebody_deactivated_meanwhile_does_not_come_in(owner, app):
    client, _answer = password()
    owner.is_active = False
    owner.save()
    assert client.post(SECOND, {"code": code_of(app[0])}).url == "/login/"


def test_R12_guessing_codes_is_throttled_from_wherever_it_comes(owner, app, settings):
    client, _answer = password()
    statuses = [client.post(SECOND, {"code": "000000"}, REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(11)]
    assert statuses == [422] * 10 + [429]
    for odd in ("", "x" * 41, "١٢٣٤٥٦", "\x00"):
        other, _answer = password()
        assert other.post(SECOND, {"code": odd}, REMOTE_ADDR="192.0.2.200").status_code in {422, 429}


def test_R11_what_is_stored_shows_neither_key_nor_code(owner, app):
    secret, codes = app
    client, _answer = password()
    client.post(SECOND, {"code": code_of(secret)})
    client.get("/account/app/")
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    stored += json.dumps([Session(session_data=row.session_data).get_decoded() for row in Session.objects.all()])
    assert secret not in stored
    assert not [code for code in codes if code.replace(" ", "") in stored or code in stored]


def test_no_key_and_no_code_is_logged(owner, log):
    client, _answer = password()
    secret, codes = set_up(client)
    with clock.shifted(timedelta(seconds=30)):
        client, _answer = password()
        client.post(SECOND, {"code": "123456"})
        client.post(SECOND, {"code": code_of(secret)})
    said = log.getvalue()
    assert "sign-in failed" in said
    assert secret not in said
    assert "123456" not in said
    assert not [code for code in codes if code in said]


# Passkeys: the whole ceremony runs in a browser (tests/browser/test_account.py)


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "{}", "null", '{"response": 1}', '{"response": {"userHandle": "!!"}}', "[" * 9000, "\x00", r'{"x": "\u0000"}', "x" * 30_000,
     '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "AAAA", "clientDataJSON": "e30"}}'],
)  # fmt: skip
def test_a_passkeys_answer_that_is_none_opens_nothing(owner, text):
    client = Client(headers={"accept-language": "en"})
    challenge = client.post("/login/passkey/options/").json()["publicKey"]
    assert challenge["rpId"] == "localhost"
    assert challenge["userVerification"] == "required"
    assert not challenge.get("allowCredentials")
    answer = client.post("/login/passkey/", {"credential": text})
    assert (answer.status_code, answer.url) == (302, "/login/")
    assert "This passkey does not open the portal" in words(client.get("/login/"))
    assert client.post("/login/passkey/", {"credential": text, "door": "staff"}).url == "/staff/sign-in/"


def test_a_passkey_of_somebody_else_is_not_asked_for(owner, app):
    client, _answer = password()
    assert client.post(SECOND, {"credential": "{}"}).status_code == 422
    assert not inside(client)


def test_challenges_are_not_given_without_end(owner):
    statuses = {Client().post("/login/passkey/options/").status_code for _ in range(101)}
    assert statuses == {200, 429}


# Staff


def test_R5_staff_without_a_second_factor_reach_no_page_where_they_need_one(owner, settings, monkeypatch):
    monkeypatch.setattr(type(settings.OPTIONS), "__setattr__", object.__setattr__)
    monkeypatch.setattr(settings.OPTIONS, "staff_needs_mfa", "always")
    people.staff()
    client, answer = password("administrator@acme.example", door="/staff/sign-in/")
    assert answer.url == "/staff/"
    for page in ("/staff/", "/staff/customers/", "/staff/admin/", "/staff/admin/accounts/user/", "/staff/mails/"):
        answer = client.get(page)
        assert (answer.status_code, answer.url) == (302, "/account/"), page
    assert client.post("/staff/customers/new/", {"name": "X"}).url == "/account/"
    assert "You need a second factor" in words(client.get("/account/"))
    secret, _codes = set_up(client)
    assert client.get("/staff/admin/").status_code == 200
    answer = client.post("/account/app/off/", {"end_others": ""}, follow=True)
    assert "this is your last one" in words(answer)
    assert Authenticator.objects.filter(type="totp").count() == 1
    with clock.shifted(timedelta(seconds=30)):
        client, answer = password("administrator@acme.example", door="/staff/sign-in/")
        assert answer.url == SECOND
        assert client.get("/staff/").status_code == 302
        assert client.post(SECOND, {"code": code_of(secret)}).url == "/staff/"
        assert client.get("/staff/").status_code == 200
    assert records("sign_in_staff")[-1].after == {"role": "administrator", "factor": "totp"}


def test_R5_staff_who_look_with_a_customers_eyes_need_it_too(owner, settings, monkeypatch):
    people.staff("support")
    client, _answer = password("support@acme.example", door="/staff/sign-in/")
    with scopes_disabled():
        contract = people.Contract.objects.get()
    client.post(f"/staff/contracts/{contract.ref}/view/")
    assert inside(client)
    monkeypatch.setattr(type(settings.OPTIONS), "__setattr__", object.__setattr__)
    monkeypatch.setattr(settings.OPTIONS, "staff_needs_mfa", "always")
    assert client.get("/dashboard/").url == "/account/"
    assert client.post("/staff/sign-out/").url == "/staff/sign-in/"


def test_a_session_from_before_the_factor_signs_in_anew(owner, settings, monkeypatch):
    monkeypatch.setattr(type(settings.OPTIONS), "__setattr__", object.__setattr__)
    people.staff()
    old, _answer = password("administrator@acme.example", door="/staff/sign-in/")
    new, _answer = password("administrator@acme.example", door="/staff/sign-in/")
    set_up(new)
    monkeypatch.setattr(settings.OPTIONS, "staff_needs_mfa", "always")
    assert old.get("/staff/").url == "/staff/sign-in/"
    assert new.get("/staff/").status_code == 200


def test_R18_a_session_that_never_proved_the_factor_changes_nothing_by_the_password_alone(owner):
    old, _answer = password()
    secret, _codes = set_up(password()[0])
    changes = ("/account/app/off/", "/account/recovery-codes/", "/account/passkeys/new/", "/account/password/")
    for path in changes:
        old.post("/account/confirm/", {"password": people.PASSWORD})
        form = {"current": people.PASSWORD, "password": "four-uncommon-words-here"}
        answer = old.post(path, form, follow=True)
        assert answer.redirect_chain == [("/login/", 302)], path
        assert "set up a second factor since you signed in here" in words(answer)
        assert not inside(old)
        old = Client(headers={"accept-language": "en"})
        old.force_login(owner)  # a session of a password alone, once more
        session = old.session
        session["started_at"] = session["seen_at"] = session["confirmed_at"] = clock.now().timestamp()
        session.save()
    for name in ("turn_off_totp", "renew_recovery_codes", "change_password"):
        assert records(name) == [], name
    with clock.shifted(timedelta(seconds=30)):
        again, answer = password()
        assert again.post(SECOND, {"code": code_of(secret)}).url == "/"
        assert again.post("/account/recovery-codes/").status_code == 200, "who proved it may"


def test_staff_who_set_a_factor_up_since_reach_not_even_their_account_without_it(owner, settings, monkeypatch):
    monkeypatch.setattr(type(settings.OPTIONS), "__setattr__", object.__setattr__)
    people.staff()
    old, _answer = password("administrator@acme.example", door="/staff/sign-in/")
    set_up(password("administrator@acme.example", door="/staff/sign-in/")[0])
    monkeypatch.setattr(settings.OPTIONS, "staff_needs_mfa", "always")
    assert old.get("/account/").url == "/staff/sign-in/"
