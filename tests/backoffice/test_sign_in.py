"""Staff sign in and out: one answer for every refusal, throttled by address, ended on the server."""

import statistics
import time

import pytest
from django.conf import settings
from django.test import Client

from tests import people
from tests.backoffice.conftest import records

URL = "/staff/sign-in/"


def answer(mail, password, client=None, **extra):
    return (client or Client()).post(URL, {"mail": mail, "password": password}, **extra)


@pytest.fixture
def vendor(db):
    return people.vendor()


def test_sign_in_leads_home_and_is_recorded(vendor):
    user = people.staff("sales")
    client = Client()
    found = answer("SALES@acme.example", people.PASSWORD, client)
    assert (found.status_code, found["Location"]) == (302, "/staff/")
    assert "Sales" in client.get("/staff/").content.decode()
    [record] = records("sign_in_staff")
    assert (record.actor_kind, record.actor_ref, record.subject_ref) == ("staff", user.ref, user.ref)


def test_R7_every_refusal_reads_the_same(vendor):
    people.staff("sales")
    people.staff("support", is_active=False)
    people.staff("billing", staff_role="")
    bodies = set()
    for mail, password in [
        ("nobody@acme.example", people.PASSWORD),
        ("sales@acme.example", "wrong"),
        ("sales@acme.example", people.PASSWORD[:-1]),
        ("sales@acme.example", people.PASSWORD.upper()),
        ("support@acme.example", people.PASSWORD),
        ("billing@acme.example", people.PASSWORD),
    ]:
        found = answer(mail, password)
        assert found.status_code == 422
        body = found.content.decode().replace(mail, "MAIL")
        bodies.add(body.split("<main")[1].split("csrfmiddlewaretoken")[0])
        assert "do not belong together" in body
        assert password not in body
    assert len(bodies) == 1
    assert records() == []


@pytest.mark.slow
def test_R7_an_unknown_address_takes_as_long_as_a_wrong_password(vendor, settings):
    people.staff("sales")
    settings.OPTIONS = settings.OPTIONS.__class__(**{**vars(settings.OPTIONS), "login_attempts": 1000})
    times = {"sales@acme.example": [], "nobody@acme.example": []}
    for _ in range(15):
        for mail, taken in times.items():
            start = time.perf_counter()
            answer(mail, "wrong password")
            taken.append(time.perf_counter() - start)
    known, unknown = (statistics.median(taken) for taken in times.values())
    # Not hashing would make one of them several times as fast as the other.
    assert 0.6 < known / unknown < 1.6


@pytest.mark.slow
def test_R4_guessing_is_throttled_by_address_and_locks_nobody_out(vendor):
    people.staff("sales")
    for _ in range(settings.OPTIONS.login_attempts):
        assert answer("sales@acme.example", "wrong", REMOTE_ADDR="192.0.2.7").status_code == 422
    waiting = answer("sales@acme.example", people.PASSWORD, REMOTE_ADDR="192.0.2.7")
    assert waiting.status_code == 429
    assert 0 < int(waiting["Retry-After"]) <= 600
    assert answer("sales@acme.example", people.PASSWORD, REMOTE_ADDR="192.0.2.8").status_code == 302


def test_R13_signing_in_gives_a_new_session_and_drops_what_the_old_one_held(vendor):
    people.staff("sales")
    text = people.token(people.contract(people.customer()))
    client = Client()
    client.post("/login/", {"token": text})
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    answer("sales@acme.example", people.PASSWORD, client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    old = Client()
    old.cookies[settings.SESSION_COOKIE_NAME] = before
    assert old.get("/dashboard/").status_code == 302
    assert client.get("/dashboard/").status_code == 302, "the token's portal is closed to staff"
    assert "unlocked" not in client.session


def test_R15_a_cookie_is_worth_nothing_after_signing_out(vendor):
    people.staff("sales")
    client = Client()
    answer("sales@acme.example", people.PASSWORD, client)
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get("/staff/sign-out/").status_code == 405
    assert client.post("/staff/sign-out/")["Location"] == URL
    again = Client()
    again.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert again.get("/staff/").status_code == 302
    assert len(records("sign_out_staff")) == 1


def test_R16_a_disabled_person_is_out_at_the_next_request(vendor, sign_in):
    client = sign_in("sales")
    assert client.get("/staff/customers/").status_code == 200
    client.user.is_active = False
    client.user.save()
    assert client.get("/staff/customers/").status_code == 302
    client.user.is_active = True
    client.user.save()


def test_R22_a_lowered_role_holds_at_the_next_request(vendor, sign_in):
    client = sign_in("administrator")
    assert client.get("/staff/mails/").status_code == 200
    client.user.staff_role = "support"
    client.user.save()
    assert client.get("/staff/mails/").status_code == 403


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/staff/customers/?q=a", "/staff/customers/?q=a"),
        ("https://evil.example/staff/", "/staff/"),
        ("//evil.example/staff/", "/staff/"),
        ("/staff/../../", "/staff/"),
        ("/dashboard/", "/staff/"),
        ("javascript:alert(1)", "/staff/"),
    ],
)
def test_R28_signing_in_leads_nowhere_else(vendor, target, goes):
    people.staff("sales")
    found = Client().post(URL, {"mail": "sales@acme.example", "password": people.PASSWORD, "next": target})
    assert found["Location"] == goes


def test_R6_django_admin_takes_no_password(vendor):
    people.staff("administrator")
    client = Client()
    data = {"username": "administrator@acme.example", "password": people.PASSWORD}
    for method in (client.get, client.post):
        found = method("/staff/admin/login/", data)
        assert found.status_code == 302
        assert found["Location"].startswith(URL)
    assert client.get("/staff/admin/").status_code == 302


@pytest.mark.parametrize("text", ["", "x" * 10001, "a\x00b@acme.example", "<script>alert(1)</script>", "é@ü"])
def test_nonsense_is_answered_with_a_sentence(vendor, text):
    found = answer(text, text)
    assert found.status_code == 422
    assert "<script>alert" not in found.content.decode()
