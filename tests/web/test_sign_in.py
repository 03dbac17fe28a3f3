"""Signing in by licence token, as a person meets it (B1 to B3)."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.doors import signed_in
from torhaus.core import clock
from torhaus.journeys.revoke_token import revoke_token
from torhaus.licensing.models import LicenceToken
from torhaus.records.models import Record
from torhaus_sdk.tokens import new_token, parse_token

pytestmark = pytest.mark.django_db
URL = "/login/"
REFUSED = "does not open the portal"


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
