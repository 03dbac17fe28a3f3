"""Whoever's password or factors change is told by mail, in their language, without a secret, in the deed's transaction."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.authenticator import code_of, set_up
from tests.doors import staff_client
from tests.web.test_account import enter
from tests.web.visitors import words
from torhaus.accounts.models import User
from torhaus.accounts.reset_links import add_password_reset
from torhaus.accounts.second_factors import MOST_WRONG
from torhaus.core import clock
from torhaus.core.link_codes import code_of as link_code_of
from torhaus.journeys.change_own_factors import reset_second_factors
from torhaus.journeys.change_password import reset_staff_password
from torhaus.notices.models import Mail
from torhaus.records.deeds import deed, write_record
from torhaus.records.models import Record
from torhaus.work.runner import Worker

pytestmark = pytest.mark.django_db
MAIL, NEW, SECOND = "owner@nordwind.example", "four-uncommon-words-here", "/login/second-factor/"


@pytest.fixture
def owner():
    people.vendor()
    contract = people.contract(people.customer(language="en"))
    return people.member(contract.customer).person


def told() -> list[Mail]:
    with scopes_disabled():
        return list(Mail.objects.filter(template="account_changed").order_by("pk"))


def recorded(name) -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed=name).order_by("pk"))


def passkey(user, name="Work laptop") -> Authenticator:
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": name, "credential": {"id": "x"}})


def proved(user) -> Client:
    """A session of somebody who just proved a second factor."""
    return staff_client(user, method="password", factor="totp", confirmed_at=clock.now().timestamp())


def test_a_changed_password_is_told(owner):
    client = enter()
    assert told() == []
    client.post("/account/password/", {"current": people.PASSWORD, "password": "short"})
    assert told() == [], "nothing was changed"
    client.post("/account/password/", {"current": people.PASSWORD, "password": NEW}, REMOTE_ADDR="192.0.2.7")
    [one] = told()
    assert (one.recipient, one.language, one.customer_ref) == (MAIL, "en", "")
    assert one.subject == "The password of your account was changed"
    for part in (one.text, one.html):
        assert "From the IP address: 192.0.2.7" in part
        assert "/lost-password/" in part
        assert NEW not in part
        assert people.PASSWORD not in part


def test_an_app_set_up_new_codes_and_an_app_removed_are_each_told_without_a_secret(owner):
    User.objects.update(language="de")
    client = enter(**{"accept-language": "en"})
    secret, codes = set_up(client)
    client.post("/account/recovery-codes/", {"end_others": ""})
    client.post("/account/app/off/", {"end_others": ""})
    assert [one.subject for one in told()] == [
        "Für Ihr Konto wurde eine Authenticator-App eingerichtet",
        "Für Ihr Konto wurden neue Wiederherstellungscodes erzeugt",
        "Die Authenticator-App wurde aus Ihrem Konto entfernt",
    ]
    written = "".join(one.text + one.html for one in told())
    assert secret not in written
    assert not [code for code in codes if code in written or code.replace(" ", "") in written]
    assert "Wenn Sie das nicht waren" in written


def test_a_removed_passkey_is_told_by_its_name(owner):
    key, other = passkey(owner), passkey(owner, "Phone")
    proved(owner).post(f"/account/passkeys/{key.pk}/remove/", {"end_others": ""})
    [one] = told()
    assert one.subject == "A passkey was removed from your account"
    assert "Its name: Work laptop" in one.text
    assert Authenticator.objects.get().pk == other.pk


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "[[code:abcdefghijkl]]", "acme_0123456789ab_" + "x" * 40]
)
def test_a_name_neither_keeps_the_mail_back_nor_runs_nor_becomes_a_code(owner, name):
    token = people.token(people.contract(people.customer("3", "Drittwind AG"), number="V-3"))
    name = token if name.startswith("acme_") else name
    passkey(owner, "Phone")
    proved(owner).post(f"/account/passkeys/{passkey(owner, name).pk}/remove/", {"end_others": ""})
    [one] = told()
    assert "<script>" not in one.html
    assert token not in one.text
    assert link_code_of("abcdefghijkl") not in one.text


def test_a_password_by_link_and_factors_forgotten_on_the_server_are_told(owner):
    @deed("ask")
    def ask():
        write_record(by=people.SYSTEM)
        return add_password_reset(user=owner).ref

    ref = ask()
    client = Client()
    client.get(f"/lost-password/{ref}/{link_code_of(ref)}/")
    client.post("/lost-password/new/", {"password": NEW})
    passkey(owner)
    reset_second_factors(user=owner, by=people.SYSTEM)
    assert [one.subject for one in told()] == [
        "The password of your account was set anew by a link from a mail",
        "All second factors were removed from your account",
    ]
    assert "From the IP address" not in told()[1].text


def test_staff_are_told_whom_to_ask_and_before_there_is_a_vendor_nobody_is(owner):
    staff = people.staff("billing")
    reset_staff_password(mail=staff.mail, password=NEW, by=people.SYSTEM)
    [one] = told()
    assert "tell those who run the portal at once" in one.text
    assert "lost-password" not in one.text
    with scopes_disabled():
        Mail.objects.all().delete()
        people.Contract.objects.all().delete()
    type(people.vendor()).objects.all().delete()
    reset_staff_password(mail=staff.mail, password=NEW + "-too", by=people.SYSTEM)
    assert told() == []
    assert len(recorded("reset_staff_password")) == 2


def test_a_deed_that_fails_tells_nothing(owner):
    key = passkey(owner)
    client = proved(owner)
    assert client.post(f"/account/passkeys/{key.pk + 1}/remove/", {"end_others": ""}).status_code == 404
    assert client.post("/account/app/", {"code": "000000"}).status_code == 422
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_it(owner, settings, tmp_path):
    settings.EMAIL_FILE_PATH, settings.EMAIL_BACKEND = tmp_path, "torhaus.core.mail.EmlBackend"
    enter().post("/account/password/", {"current": people.PASSWORD, "password": NEW})
    while Worker().run_once():
        pass
    [sent] = tmp_path.glob("*.eml")
    assert "Subject: The password of your account was changed" in sent.read_text("utf-8")


# Guessing codes of an app


def guess(times: int, after: int = 0) -> list:
    """Guess so often behind the right password, ten times in each window of throttling."""
    answers = []
    for window in range(-(-times // 10)):
        with clock.shifted(timedelta(minutes=11 * (window + after + 1))):
            client = enter()
            answers += [
                client.post(SECOND, {"code": "000000"}, REMOTE_ADDR=f"192.0.2.{window}")
                for _ in range(min(10, times - 10 * window))
            ]
    return answers


def test_R12_after_100_wrong_codes_in_a_row_none_of_the_app_is_taken_for_a_day_and_it_is_told(owner):
    secret, codes = set_up(enter())
    assert {one.status_code for one in guess(MOST_WRONG - 1)} == {422}
    assert recorded("pause_app_codes") == []
    [last] = guess(1, after=10)
    assert "A wrong code was entered 100 times in a row" in words(last)
    [record] = recorded("pause_app_codes")
    assert (record.subject_ref, record.after["wrong"]) == (owner.ref, 100)
    mail = told()[-1]
    assert mail.subject == "Somebody tries to get into your account"
    assert "Recovery codes and passkeys let you in meanwhile" in mail.text
    assert secret not in mail.text
    for later in (timedelta(hours=3), timedelta(hours=23)):
        with clock.shifted(later):
            client = enter()
            answer = client.post(SECOND, {"code": code_of(secret)})
            assert answer.status_code == 422, "the right one, too"
            assert "are not taken until" in words(answer)
    with clock.shifted(timedelta(hours=4)):
        client = enter()
        assert client.post(SECOND, {"code": codes[0]}).status_code == 302, "nobody is kept out by others"
    with clock.shifted(timedelta(hours=27)):
        client = enter()
        assert client.post(SECOND, {"code": code_of(secret)}).status_code == 302
    assert len(recorded("pause_app_codes")) == 1


def test_R12_a_right_code_begins_the_count_anew(owner):
    secret, _codes = set_up(enter())
    guess(60)
    with clock.shifted(timedelta(hours=2)):
        assert enter().post(SECOND, {"code": code_of(secret)}).status_code == 302
    with clock.shifted(timedelta(hours=3)):
        guess(60)
    assert recorded("pause_app_codes") == []


def test_R12_the_pause_is_said_in_german(owner):
    set_up(enter())
    row = Authenticator.objects.get(type="totp")
    row.data["paused_until"] = (clock.now() + timedelta(hours=5)).timestamp()
    row.save()
    client = enter(**{"accept-language": "de"})
    answer = client.post(SECOND, {"code": "123456"})
    assert re.search(r"deshalb werden die der App bis .* nicht angenommen", words(answer))
