"""Sessions: a new id at sign-in, their ends, sign-out, several contracts, and where one goes afterwards."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.doors import signed_in, staff_client
from torhaus.core import clock
from torhaus.journeys.revoke_token import revoke_token
from torhaus.records.models import Record
from torhaus_sdk.tokens import new_token, parse_token

pytestmark = pytest.mark.django_db
URL = "/login/"


def records() -> list[str]:
    with scopes_disabled():
        return list(Record.objects.order_by("pk").values_list("deed", flat=True))


def test_R13_signing_in_gives_a_new_session_and_the_old_one_is_dead(contract, token):
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["torhaus_session"] = planted
    client.post(URL, {"token": token})
    assert client.cookies["torhaus_session"].value != planted
    assert not Session.objects.filter(session_key=planted).exists()
    first = client.cookies["torhaus_session"].value
    client.post("/contracts/add/", {"token": people.token(people.contract(people.customer("2"), number="V2"))})
    assert client.cookies["torhaus_session"].value != first
    assert not Session.objects.filter(session_key=first).exists()


def test_R13_the_form_token_is_new_too(contract, token):
    client = Client(enforce_csrf_checks=True)
    page = client.get(URL).content.decode()
    before = client.cookies["torhaus_csrf"].value
    given = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)[1]
    assert client.post(URL, {"token": token, "csrfmiddlewaretoken": given}).status_code == 302
    assert client.cookies["torhaus_csrf"].value != before


def test_R14_an_idle_session_ends(token, settings):
    with clock.at(people.NOON):
        client = signed_in(token)
    with clock.at(people.NOON + timedelta(minutes=59)):
        assert client.get("/contracts/add/").status_code == 200
    with clock.at(people.NOON + timedelta(minutes=118)):  # used in between
        assert client.get("/contracts/add/").status_code == 200
    key = client.cookies["torhaus_session"].value
    with clock.at(people.NOON + timedelta(minutes=118 + 61)):
        response = client.get("/contracts/add/", follow=True)
        assert "Your session has ended" in response.content.decode()
        assert response.redirect_chain[0][0].startswith("/login/?next=%2Fcontracts%2Fadd%2F")
    assert not Session.objects.filter(session_key=key).exists()


def test_R14_a_busy_session_ends_after_twelve_hours(token):
    with clock.at(people.NOON):
        client = signed_in(token)
    for minutes in range(50, 12 * 60, 50):
        with clock.at(people.NOON + timedelta(minutes=minutes)):
            assert client.get("/contracts/add/").status_code == 200
    with clock.at(people.NOON + timedelta(hours=12, seconds=1)):
        assert client.get("/contracts/add/").status_code == 302


def test_R14_a_clock_set_back_lengthens_nothing(token):
    with clock.at(people.NOON):
        client = signed_in(token)
    with clock.at(people.NOON - timedelta(hours=1)):
        assert client.get("/contracts/add/").status_code == 302


def test_R14_public_pages_show_no_name_after_the_end(token):
    with clock.at(people.NOON):
        client = signed_in(token)
        assert "Nordwind" in client.get("/nix/").content.decode()
    with clock.at(people.NOON + timedelta(hours=2)):
        assert "Nordwind" not in client.get("/nix/").content.decode()
        assert "Nordwind" not in client.get("/help/").content.decode()


def test_R15_a_cookie_replayed_after_sign_out_is_refused(token):
    client = signed_in(token)
    kept = client.cookies["torhaus_session"].value
    response = client.post("/logout/")
    assert response.cookies["torhaus_session"]["max-age"] == 0
    assert "You are signed out." in client.get(response.url).content.decode()
    thief = Client()
    thief.cookies["torhaus_session"] = kept
    assert thief.get("/contracts/add/").status_code == 302
    assert not Session.objects.filter(session_key=kept).exists()


def test_a_revoked_token_closes_its_sessions_by_the_next_request(token):
    client = signed_in(token)
    revoke_token(public_id=parse_token(token).public_id, by=people.SYSTEM)
    assert client.get("/contracts/add/").status_code == 302


def test_signing_out_needs_a_post(token):
    client = signed_in(token)
    assert client.get("/logout/").status_code == 405
    assert client.get("/contracts/add/").status_code == 200


def test_staff_who_sign_in_with_a_token_are_staff_no_longer(contract, token):
    client = staff_client(people.staff())
    client.post(URL, {"token": token})
    assert "_auth_user_id" not in client.session
    assert records()[-1] == "sign_in_with_token"
    with scopes_disabled():
        assert Record.objects.last().actor_kind == "token"


# Several contracts


def test_a_session_holds_several_contracts_and_switches(contract, token):
    other = people.contract(people.customer("77", name="Zweite AG"), number="V-77")
    client = signed_in(token)
    assert client.post("/contracts/add/", {"token": people.token(other)}).status_code == 302
    page = client.get("/help/").content.decode()
    assert "Zweite AG" in page
    assert f'value="{contract.ref}"' in page
    assert client.post("/contracts/switch/", {"contract": contract.ref}).status_code == 302
    assert "Customer no. 10482" in client.get("/help/").content.decode()
    started = client.session["started_at"]
    client.post("/contracts/add/", {"token": people.token(people.contract(people.customer("78"), number="V-78"))})
    assert client.session["started_at"] == started  # another token does not lengthen the session


def test_a_contract_that_was_not_unlocked_cannot_be_switched_to(contract, token):
    other = people.contract(people.customer("77", name="Zweite AG"), number="V-77")
    client = signed_in(token)
    assert client.post("/contracts/switch/", {"contract": other.ref}).status_code == 404
    assert client.post("/contracts/switch/", {}).status_code == 404
    assert "Zweite AG" not in client.get("/help/").content.decode()


def test_a_dead_token_leaves_the_others_open(contract, token):
    other = people.token(people.contract(people.customer("77", name="Zweite AG"), number="V-77"))
    client = signed_in(token)
    client.post("/contracts/add/", {"token": other})
    revoke_token(public_id=parse_token(other).public_id, by=people.SYSTEM)
    assert "Customer no. 10482" in client.get("/help/").content.decode()


def test_a_refused_further_token_changes_nothing(contract, token):
    client = signed_in(token)
    assert client.post("/contracts/add/", {"token": new_token("acme").text}).status_code == 422
    assert client.post("/contracts/add/", {"token": "x"}).status_code == 422
    assert len(client.session["unlocked"]) == 1


# Where to afterwards


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "http:evil", "javascript:alert(1)",
        "/nowhere/", "\thttps://evil.example", "/login/\r\nX: y", "///evil.example", "https:///evil.example",
    ],
)  # fmt: skip
def test_R28_a_foreign_target_is_not_followed(client, token, target):
    assert client.post(URL, {"token": token, "next": target}).url == "/"
    client.post("/logout/")
    assert client.post(f"{URL}?next={target}", {"token": token}).status_code == 302
    for switch, values in (("language", {"language": "de"}), ("theme", {"theme": "dark"})):
        assert client.post(f"/preferences/{switch}/", values | {"next": target}).url == "/"


def test_R28_a_page_of_ours_is_followed(client, token):
    asked = client.get("/contracts/add/")
    assert asked.url == "/login/?next=%2Fcontracts%2Fadd%2F"
    assert 'value="/contracts/add/"' in client.get(asked.url).content.decode()
    assert client.post(URL, {"token": token, "next": "/contracts/add/"}).url == "/contracts/add/"


def test_staff_who_leave_by_the_customers_door_leave_a_record(contract, token):
    client = staff_client(people.staff("support"), preview=contract.ref)
    assert client.post("/logout/").status_code == 302
    assert client.get("/staff/").status_code == 302
    assert records().count("sign_out_staff") == 1
    other = staff_client(people.staff("sales"))
    assert other.post(URL, {"token": token}).status_code == 302
    assert records().count("sign_out_staff") == 2
    Client().post("/logout/")
    assert records().count("sign_out_staff") == 2
