"""Signing in by licence token, as a person meets it (B1 to B3), and what keeps guessers out."""

import io
import json
import logging
import re
import statistics
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.doors import signed_in, staff_client
from torhaus.accounts.models import Throttle
from torhaus.core import clock
from torhaus.frame.logs import JsonFormatter
from torhaus.journeys.revoke_licence_token import revoke_token
from torhaus.licensing.models import LicenceToken
from torhaus.records.models import Record
from torhaus_sdk.tokens import new_token, parse_token

pytestmark = pytest.mark.django_db
URL = "/login/"
REFUSED = "does not open the portal"


@pytest.fixture
def contract():
    people.vendor()
    return people.contract(people.customer(language="en"))


@pytest.fixture
def token(contract):
    return people.token(contract)


@pytest.fixture
def log():
    """What is logged, line by line, as it is written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def lines(log) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def mistyped(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def records() -> list[str]:
    with scopes_disabled():
        return list(Record.objects.order_by("pk").values_list("deed", flat=True))


def test_B1_a_valid_token_alone_opens_the_portal(client, token, contract):
    response = client.post(URL, {"token": token}, follow=True)
    assert response.status_code == 200
    page = response.content.decode()
    assert "Nordwind Logistik GmbH" in page
    assert contract.number in page
    assert records() == ["issue_token", "sign_in_with_token"]
    with scopes_disabled():
        assert LicenceToken.objects.get().last_used_at is not None


def test_B1_a_token_torn_apart_by_a_mail_still_opens_it(client, token):
    assert client.post(URL, {"token": f"  {token[:20]}\r\n {token[20:]}\n"}).status_code == 302


def test_B2_unknown_expired_and_revoked_tokens_get_one_answer(client, contract):
    old = people.token(contract)
    people.token(contract)  # ends the old one
    gone = people.token(contract)
    revoke_token(public_id=parse_token(gone).public_id, by=people.SYSTEM)
    same_id = parse_token(people.token(contract))
    forged = replace(new_token("acme"), public_id=same_id.public_id).text
    answers = set()
    for text in (new_token("acme").text, old, gone, forged, new_token("other").text):
        response = client.post(URL, {"token": text})
        assert response.status_code == 422
        page = re.sub(r'(csrfmiddlewaretoken" value|<code)[=>"]+[0-9A-Za-z]+', "", response.content.decode())
        answers.add(page)
        assert text not in page
    assert len(answers) == 1
    assert REFUSED in answers.pop()
    assert "torhaus_session" not in client.cookies


def test_B3_the_field_is_masked_until_the_eye_is_pressed(client, contract):
    page = client.get(URL).content.decode()
    field = re.search(r"<input[^>]*name=\"token\"[^>]*>", page)[0]
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert "maxlength" not in field  # a pasted token is never cut
    assert "value=" not in field
    assert 'data-eye="id_token"' in page
    refused = client.post(URL, {"token": new_token("acme").text}).content.decode()
    assert "value=" not in re.search(r"<input[^>]*name=\"token\"[^>]*>", refused)[0]


def test_a_mistyped_token_is_told_so_without_asking_for_tokens(client, token):
    for text in (mistyped(token), token[:-3], "hello", "x" * 500, "acme_" + "ä" * 40):
        with CaptureQueriesContext(connection) as queries:
            response = client.post(URL, {"token": text})
        assert response.status_code == 422
        assert "no complete licence token" in response.content.decode()
        assert not [q for q in queries if "licensing_licencetoken" in q["sql"]]
    empty = client.post(URL, {"token": " "})
    assert empty.status_code == 422
    assert "Paste or type your licence token." in empty.content.decode()


def test_german_says_the_same(client, contract):
    client.cookies["torhaus_language"] = "de"
    assert "Lizenz-Token" in client.get(URL).content.decode()
    assert "Das ist kein vollständiges Lizenz-Token" in client.post(URL, {"token": "x"}).content.decode()
    assert (
        "unbekannt, abgelaufen oder wurde widerrufen"
        in client.post(URL, {"token": new_token("acme").text}).content.decode()
    )


def test_the_page_says_whom_to_ask(client, contract):
    page = client.get(URL).content.decode()
    assert "No token at hand?" in page
    assert "sales@acme.example" in page


def test_the_use_before_this_one_is_shown(contract, token):
    with clock.at(people.NOON):
        assert "never" in signed_in(token).get("/help/").content.decode()
    with clock.at(people.NOON + timedelta(days=2)):
        page = signed_in(token).get("/help/").content.decode()
        assert "2026-11-22 12:00" in page
        assert str(LicenceToken(prefix="acme", public_id=parse_token(token).public_id)) in page


# Sessions


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


# Guessing


def test_R4_guessing_is_throttled_and_a_customer_elsewhere_still_signs_in(contract, token, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=3)
    stranger, owner = Client(REMOTE_ADDR="198.51.100.7"), Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(3):
        assert stranger.post(URL, {"token": new_token("acme").text}).status_code == 422
    refused = stranger.post(URL, {"token": token})  # even with a good token
    assert refused.status_code == 429
    assert 500 < int(refused["Retry-After"]) <= 600
    assert "Try again in 10 minutes" in refused.content.decode()
    assert owner.post(URL, {"token": token}).status_code == 302
    with clock.shifted(timedelta(minutes=10, seconds=5)):
        assert stranger.post(URL, {"token": token}).status_code == 302


def test_R4_mistyped_tokens_count_and_successes_do_not(contract, token, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=2)
    for _ in range(5):
        assert Client().post(URL, {"token": token}).status_code == 302
    assert Client().post(URL, {"token": "x"}).status_code == 422
    assert Client().post(URL, {"token": token}).status_code == 302
    assert Throttle.objects.get().failures == 1  # the success did not wipe the failure out
    assert Client().post(URL, {"token": "x"}).status_code == 422
    assert Client().post(URL, {"token": "x"}).status_code == 429


def test_R4_one_ipv6_subscriber_is_one_source(contract, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=1)
    assert Client(REMOTE_ADDR="2001:db8::1").post(URL, {"token": "x"}).status_code == 422
    assert Client(REMOTE_ADDR="2001:db8::ffff").post(URL, {"token": "x"}).status_code == 429
    assert Client(REMOTE_ADDR="2001:db8:0:1::1").post(URL, {"token": "x"}).status_code == 422


def test_R30_a_forged_forwarding_header_alters_neither_throttle_nor_record(contract, token, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=1)
    client = Client(REMOTE_ADDR="198.51.100.7")
    client.post(URL, {"token": "x"}, headers={"X-Forwarded-For": "10.0.0.1"})
    assert client.post(URL, {"token": "x"}, headers={"X-Forwarded-For": "10.0.0.2"}).status_code == 429
    other = Client(REMOTE_ADDR="203.0.113.9")
    other.post(URL, {"token": token}, headers={"X-Forwarded-For": "10.0.0.3"})
    with scopes_disabled():
        assert Record.objects.last().personal.get(field="actor_address").value == "203.0.113.9"


def test_R30_a_trusted_proxy_is_believed_up_to_the_first_stranger(contract, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=1, trusted_proxies=("10.0.0.0/8",))
    proxy = Client(REMOTE_ADDR="10.0.0.1")
    one = {"X-Forwarded-For": "192.0.2.1, 198.51.100.7, 10.0.0.5"}
    assert proxy.post(URL, {"token": "x"}, headers=one).status_code == 422
    assert proxy.post(URL, {"token": "x"}, headers=one).status_code == 429
    assert Throttle.objects.get().source == "token:198.51.100.7"


def test_R42_sign_ins_and_failures_are_logged_one_line_each_in_utc(contract, token, log):
    Client().post(URL, {"token": token})
    Client().post(URL, {"token": mistyped(token)})
    Client().post(URL, {"token": new_token("acme").text})
    found = [line for line in lines(log) if line["logger"] == "torhaus.security"]
    assert [line["message"] for line in found] == ["signed in", "sign-in failed", "sign-in failed"]
    assert [line.get("reason") for line in found] == [None, "malformed", "unknown"]
    assert all(line["at"].endswith("+00:00") and line["address"] == "127.0.0.1" for line in found)
    assert all(line["request_id"] for line in found)


def test_R42_a_newline_adds_no_entry(contract, token, log):
    evil = 'x\n{"message": "signed in"}\r\n'
    Client().post(URL, {"token": evil}, headers={"User-Agent": "a", "X-Request-ID": "evil\nid"})
    client = signed_in(token)
    client.get("/contracts/add/%0A%7B%22message%22%3A%22forged%22%7D")
    messages = [line["message"] for line in lines(log)]
    assert "forged" not in messages
    assert messages.count("signed in") == 1


def test_R40_no_log_line_holds_a_token(contract, token, log):
    for text in (token, mistyped(token)):
        Client().post(URL, {"token": text})
    logging.getLogger("torhaus").error("somebody logged %s", token)
    assert parse_token(token).secret not in log.getvalue()
    assert parse_token(token).public_id in log.getvalue()


@pytest.mark.slow
def test_R7_unknown_expired_and_revoked_take_the_same_time(contract, settings):
    """Medians of 200 runs differ by less than 10 %. The kinds take turns, so that load meets all alike."""
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=10**6)
    expired = people.token(contract)
    people.token(contract)
    revoked = people.token(contract)
    revoke_token(public_id=parse_token(revoked).public_id, by=people.SYSTEM)
    kinds = {"unknown": new_token("acme").text, "expired": expired, "revoked": revoked}
    logging.disable(logging.CRITICAL)
    client, taken = Client(), {kind: [] for kind in kinds}
    try:
        for _ in range(200):
            for kind, text in kinds.items():
                began = time.perf_counter()
                assert client.post(URL, {"token": text}).status_code == 422
                taken[kind].append(time.perf_counter() - began)
    finally:
        logging.disable(logging.NOTSET)
    medians = {kind: statistics.median(times) for kind, times in taken.items()}
    assert max(medians.values()) < 1.1 * min(medians.values()), medians
    print({kind: f"{median * 1000:.2f} ms" for kind, median in medians.items()})
