"""``POST /api/v1/validate``: one question, one signed answer, by the short path and by the ordinary view."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.api.asking import ask, ask_hot, ask_ordinary, both, environ_of, statements
from tests.api.program import problem
from torhaus.api.licensing import hot
from torhaus.core import clock
from torhaus.journeys.revoke_token import revoke_token
from torhaus.licensing import answers, hot_answer, remembered, signing
from torhaus.licensing.fingerprints import digest_of, hashed_parts
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import ContractPolicy, Installation, InstallationDay, Licence, LicenceToken
from torhaus.licensing.seen import SEEN
from torhaus.subscriptions.models import Contract
from torhaus.vendor.distrust_signing_key import distrust_signing_key
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.models import KeyPurpose, SigningKey
from torhaus.vendor.rotate_signing_key import rotate_signing_key
from torhaus_sdk.answers import ANSWER_TYPE
from torhaus_sdk.jws import claimed_kid, verify
from torhaus_sdk.tokens import parse_token

URL = "/api/v1/validate"
PRINT = {"machine": "m", "board": "b"}
pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def installation(contract):
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, model="node_locked", max_installations=2)
        licence = kept_licence(contract, contract.product)
        parts = hashed_parts(PRINT)
        made = Installation.objects.create(
            licence=licence,
            parts=parts,
            digest=digest_of(parts),
            name="Server 1",
            environment="production",
            activated_at=clock.now(),
            last_seen_at=clock.now(),
        )
        Licence.objects.filter(pk=licence.pk).update(installations=1, installations_ceiling=2)
    return made


@both
@pytest.mark.parametrize("nonce", [{"nonce": "n"}, {}], ids=["nonce", "none"])
def test_without_days_offline_an_answer_holds_until_the_next_check(contract, token, installation, way, nonce):
    with scopes_disabled():
        ContractPolicy.objects.update(offline_grace_days=0, check_hours=2)
        Contract.objects.filter(pk=contract.pk).update(revision=contract.revision + 1)
    with clock.at(people.NOON + timedelta(hours=2, seconds=299)):
        said = way(URL, token, {"installation": installation.ref, "fingerprint": PRINT} | nonce).json()
        assert said["exp"] - said["iat"] == 2 * 3600
        assert said["next_check_at"] == answers.instant(said["exp"])
        assert [one["code"] for one in said["findings"]] == []
    with clock.at(people.NOON + timedelta(hours=4, seconds=1)):
        said = way(URL, token, {"installation": installation.ref, "fingerprint": PRINT} | nonce).json()
        assert [one["code"] for one in said["findings"]] == ["check_overdue"]


@both
def test_a_valid_licence_says_all_there_is_and_is_signed_as_a_whole(contract, token, installation, way):
    people.reading(contract, people.NOON.date(), 4200)
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(revision=contract.revision + 1)  # as a report does
    asked = {"installation": installation.ref, "fingerprint": PRINT, "require": ["medium"], "nonce": "n-1"}
    answer = way(URL, token, asked, X_Request_ID="my-request-1")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Request-ID"] == "my-request-1"
    assert "Access-Control-Allow-Origin" not in answer.headers
    said = answer.json()
    signed = said.pop("signed")
    assert verify(signed, keys=trusted_keys(), typ=ANSWER_TYPE) == said
    assert answer.content.startswith(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()[:-1])
    assert (said["valid"], said["code"], said["access"], said["enforcement"]) == (True, "valid", "full", "block")
    assert (said["iss"], said["aud"], said["sub"]) == ("acme", "acme", said["licence"]["ref"])
    assert said["findings"] == [
        {"code": "allowance_near", "subjects": ["objects"], "message": "Most of what is booked is used: objects."}
    ]
    assert said["message"] == "The licence is valid."
    assert (said["checked_at"], said["next_check_at"]) == ("2026-11-22T11:00:00Z", "2026-11-23T11:00:00Z")
    assert said["exp"] - said["iat"] == 14 * 86400
    assert said["limits"]["installations"] == {"model": "node_locked", "max": 2, "used": 1, "free": 1}
    assert said["limits"]["meters"] == {"objects": {"max": 5000, "used": 4200, "free": 800}}
    assert said["features"] == ["medium"]
    assert said["installation"] == {
        "ref": installation.ref,
        "name": "Server 1",
        "environment": "production",
        "lease_until": None,
    }
    assert said["nonce"] == "n-1"
    assert said["trial"] is None


@both
@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        ("de-AT, en;q=0.5", "Die Lizenz ist gültig."),
        ("en", "The licence is valid."),
        ("fr", "Die Lizenz ist gültig."),
        ("", "Die Lizenz ist gültig."),
    ],
)
def test_it_speaks_the_callers_language_else_the_vendors(contract, token, way, accepted, message):
    people.vendor(language="de")
    sent = {"Accept_Language": accepted} if accepted else {}
    assert way(URL, token, {}, **sent).json()["message"] == message


@both
def test_B52_an_evaluation_says_when_it_ends_and_where_to_ask(contract, token, way):
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(
            kind="evaluation", auto_renews=False, term_months=None, ends_on=date(2026, 12, 1)
        )
    said = way(URL, token).json()
    assert said["trial"] == {
        "ends_at": "2026-12-01T23:00:00Z",
        "days_left": 9,
        "offer_url": "mailto:sales@acme.example",
    }
    with clock.at(datetime(2026, 12, 2, 12, tzinfo=UTC)):
        ended = way(URL, token).json()
    assert (ended["valid"], ended["code"]) == (False, "expired")  # B98: it never converts by itself


@both
def test_B53_a_licence_without_end_says_none(contract, token, way):
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(
            kind="perpetual", auto_renews=False, term_months=None, ends_on=None
        )
    said = way(URL, token).json()
    assert (said["licence"]["ends_at"], said["licence"]["days_left"], said["licence"]["grace_until"]) == (None,) * 3
    assert said["valid"]


@both
@pytest.mark.parametrize("after_grace", ["read_only", "stop"])
def test_an_answer_says_what_remains_after_the_grace(contract, token, way, after_grace):
    with scopes_disabled():
        ContractPolicy.objects.update_or_create(contract=contract, defaults={"after_grace": after_grace})
    assert way(URL, token).json()["licence"]["after_grace"] == after_grace


@both
def test_an_answer_holds_no_longer_than_the_grace(contract, token, way):
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(auto_renews=False, ends_on=date(2026, 11, 20), grace_days=5)
    said = way(URL, token, {"nonce": "n"}).json()
    assert (said["code"], said["access"]) == ("in_grace", "full")
    assert said["exp"] == int(datetime(2026, 11, 25, 23, tzinfo=UTC).timestamp())


@both
def test_without_a_nonce_the_time_is_that_of_the_last_five_minutes(contract, token, way):
    way(URL, token)
    with clock.at(people.NOON + timedelta(minutes=9, seconds=7)):
        one = way(URL, token)
    with clock.at(people.NOON + timedelta(minutes=6)):
        other = way(URL, token)
        exact = way(URL, token, {"nonce": "x"}).json()
    assert one.content == other.content
    assert one.json()["checked_at"] == "2026-11-22T11:05:00Z"
    assert exact["checked_at"] == "2026-11-22T11:06:00Z"


@pytest.fixture
def signed(monkeypatch):
    """What was signed since."""
    monkeypatch.setattr(hot_answer, "GIVEN", remembered.GivenAnswers())
    found = []
    real = signing.AnswerSigner.sign
    monkeypatch.setattr(signing.AnswerSigner, "sign", lambda self, text: found.append(text) or real(self, text))
    return found


def test_an_answer_is_remembered_only_without_a_nonce(contract, token, signed):
    first = ask_hot(URL, token)
    for _ in range(3):
        assert ask_hot(URL, token).content == first.content
    assert len(signed) == 1
    for _ in range(3):
        ask_hot(URL, token, {"nonce": "n"})
    assert len(signed) == 4


def test_another_question_language_or_state_is_not_answered_from_memory(contract, token, installation, signed):
    asked = {"installation": installation.ref, "fingerprint": PRINT}
    said = [ask_hot(URL, token, asked).json() for _ in range(2)][1]
    assert (said["code"], len(signed)) == ("valid", 1)
    assert ask_hot(URL, token, asked | {"require": ["gold"]}).json()["code"] == "feature_missing"
    assert ask_hot(URL, token, asked, Accept_Language="de").json()["message"] != said["message"]
    with scopes_disabled():
        Installation.objects.update(name="Renamed")
    assert ask_hot(URL, token, asked).json()["installation"]["name"] == "Renamed"
    assert len(signed) == 4


def test_when_an_installation_was_last_seen_is_no_other_state_unless_that_is_long_ago(
    contract, token, installation, signed
):
    asked = {"installation": installation.ref, "fingerprint": PRINT}
    first = ask_hot(URL, token, asked)
    for seconds in (0, 7199, -60):  # behind us in another process, and ahead of a clock that was set back
        with scopes_disabled():
            Installation.objects.update(last_seen_at=clock.now() - timedelta(seconds=seconds))
        assert ask_hot(URL, token, asked).content == first.content
    assert len(signed) == 1
    overdue = set()
    for days in (14, 15, 1):
        with scopes_disabled():
            Installation.objects.update(last_seen_at=clock.now() - timedelta(days=days, seconds=1))
        codes = {one["code"] for one in ask_hot(URL, token, asked).json()["findings"]}
        overdue |= {days} if "check_overdue" in codes else set()
    assert (overdue, len(signed)) == ({14, 15}, 4)


def test_what_ends_between_two_questions_is_not_answered_from_memory(contract, token, installation, signed):
    asked = {"installation": installation.ref, "fingerprint": PRINT}
    with scopes_disabled():
        Contract.objects.update(ends_on=people.NOON.date() + timedelta(days=3), grace_days=0, auto_renews=False)
        Licence.objects.update(contract_revision=-1)
    ends = datetime.fromisoformat(ask_hot(URL, token, asked).json()["licence"]["ends_at"])
    for second, code in ((-2, "ends_soon"), (-1, "ends_soon"), (0, "expired"), (-1, "ends_soon")):
        with clock.at(ends + timedelta(seconds=second)):
            findings = [one["code"] for one in ask_hot(URL, token, asked).json()["findings"]]
            assert code in findings, (second, findings)


def test_the_memory_of_answers_does_not_grow():
    kept = remembered.GivenAnswers(most=10)
    for number in range(1000):
        kept.keep(number.to_bytes(32, "little"), remembered.GivenAnswer(5, 9, "valid", b"%d" % number, b""))
        assert kept.find(number.to_bytes(32, "little"), 5).payload == b"%d" % number
    assert len(kept) == 10
    last = (999).to_bytes(32, "little")
    assert [kept.find(last, now) is None for now in (4, 5, 8, 9)] == [True, False, False, True]


def test_R52_suspending_revoking_and_removing_act_on_the_next_request(contract, token, installation):
    asked = {"installation": installation.ref, "fingerprint": PRINT}
    assert ask_hot(URL, token, asked).json()["code"] == "valid"
    with scopes_disabled():
        Installation.objects.update(removed_at=clock.now(), removed_by="customer")
    said = ask_hot(URL, token, asked).json()
    assert (said["valid"], said["code"]) == (False, "installation_removed")
    assert said["findings"][0]["subjects"] == ["customer"]
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(suspended=True, revision=contract.revision + 1)
    said = ask_hot(URL, token, asked).json()
    assert (said["valid"], said["code"], said["access"]) == (False, "suspended", "none")
    assert said["message"] == "The licence is suspended. Please ask the vendor’s sales team."
    revoke_token(public_id=parse_token(token).public_id, by=people.SYSTEM)
    problem(ask(URL, token, asked), 401, "token_invalid")


def test_rotated_and_distrusted_keys_act_on_the_next_request(contract, token):
    first = claimed_kid(ask_hot(URL, token).json()["signed"])
    rotated = rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=0, by=people.SYSTEM)
    assert claimed_kid(ask_hot(URL, token).json()["signed"]) == rotated.key.kid != first
    distrust_signing_key(kid=rotated.key.kid, by=people.SYSTEM)
    assert claimed_kid(ask_hot(URL, token).json()["signed"]) == first


def test_a_published_key_signs_from_its_day_on(contract, token):
    first = claimed_kid(ask_hot(URL, token).json()["signed"])
    coming = rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=3, by=people.SYSTEM).key.kid
    assert claimed_kid(ask_hot(URL, token).json()["signed"]) == first
    with clock.at(people.NOON + timedelta(days=3)):
        assert claimed_kid(ask_hot(URL, token).json()["signed"]) == coming


@both
def test_without_a_readable_key_it_says_so(contract, token, way):
    SigningKey.objects.update(private_key_encrypted="v1.AAAA")
    problem(way(URL, token), 503, "cannot_sign")
    SigningKey.objects.all().delete()
    signing.ISSUER.forget()
    problem(way(URL, token), 503, "cannot_sign")


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "invalid_json"),
        (b"[]", {}, 400, "invalid_json"),
        (b'{"version": "1", "version": "2"}', {}, 400, "invalid_json"),
        (b'{"unknown": NaN}', {}, 400, "invalid_json"),
        (b'{"nonce": 1}', {}, 422, "invalid_body"),
        (b'{"fingerprint": {"UPPER": "x"}}', {}, 422, "invalid_body"),
        (b'{"released_on": "2026-02-30"}', {}, 422, "invalid_body"),
        (b'{"nonce": "\\u0000"}', {}, 422, "invalid_body"),
        (b'{"nonce": "' + b"x" * 16384 + b'"}', {}, 413, "body_too_large"),
        (b"{}", {"Content_Type": "text/plain"}, 415, "unsupported_media_type"),
        (b"{}", {"Accept": "text/html"}, 406, "not_acceptable"),
        (b"{}", {"Host": "evil.example"}, 400, "bad_request"),
    ],
)
def test_what_cannot_be_is_a_problem_with_a_code(contract, token, body, headers, status, code):
    said = problem(ask(URL, token, body, **headers), status, code)
    if code == "invalid_body":
        assert said["errors"][0]["pointer"].startswith("/")
        assert said["errors"][0]["detail"]


def test_other_methods_are_refused(contract, token):
    answer = Client().get(URL, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_R29_plain_http_is_refused(contract, token, settings):
    settings.OPTIONS = replace(settings.OPTIONS, https=True)
    assert ask_hot(URL, token) is None
    problem(ask_ordinary(URL, token), 403, "https_required")
    assert ask_hot(URL, token, X_Forwarded_Proto="https").status_code == 200


def test_R24_R26_the_short_path_s_answers_have_the_headers_of_every_answer(contract, token, settings):
    settings.OPTIONS, settings.SECURE_HSTS_SECONDS = replace(settings.OPTIONS, https=True), 63_072_000
    for said in (token, f"{token[:-1]}!"):
        made = environ_of(URL, b"{}", {"Authorization": f"Bearer {said}"})
        assert hot.answer(dict(made)) is None  # it is not encrypted
        reply = dict(hot.answer(made | {"wsgi.url_scheme": "https"}).headers)
        assert reply["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        assert reply["Referrer-Policy"] == "same-origin"
        assert reply["X-Content-Type-Options"] == "nosniff"


@both
def test_unknown_members_and_empty_values_are_no_matter(contract, token, way):
    assert way(URL, token, {"unknown": {"x": [1]}, "product": None}).status_code == 200


@both
def test_a_call_writes_no_row_but_is_noted(contract, token, installation, way):
    way(URL, token)
    with CaptureQueriesContext(connection) as queries:
        way(URL, token, {"installation": installation.ref, "fingerprint": PRINT})
    writes = [
        one["sql"] for one in queries if not one["sql"].lstrip("(").startswith(("SELECT", "SAVEPOINT", "RELEASE"))
    ]
    assert writes == []
    at = clock.now()
    assert SEEN.write()
    with scopes_disabled():
        assert LicenceToken.objects.get(public_id=parse_token(token).public_id).last_used_at == at
        day = InstallationDay.objects.get(installation=installation)
        assert (day.calls, day.first_at, day.last_at) == (1, at, at)


@pytest.mark.django_db(transaction=True)  # as in service, where PostgreSQL is asked outside of transactions
@pytest.mark.parametrize("url", [URL, "/api/v1/heartbeat"])
def test_one_statement_answers_an_installation_whose_kept_row_is_fresh(contract, token, installation, url):
    asked = {"installation": installation.ref, "fingerprint": PRINT}
    assert ask_hot(url, token, asked | {"nonce": "n-1"}).json()["code"] == "valid"  # derives the kept row
    with statements() as found:
        said = ask_hot(url, token, asked | {"nonce": "n-2"}).json()
    assert (said["code"], said["nonce"], said["installation"]["ref"]) == ("valid", "n-2", installation.ref)
    assert len(found) == 1, found
