"""``GET /api/v1/downloads``, by a licence token, as a program asks."""

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import problem
from tests.web.visitors import signed_in
from torhaus.core import clock
from torhaus.frame import rates
from torhaus.frame.rights import CUSTOMER_ROLES
from torhaus.journeys.revoke_token import revoke_token
from torhaus.licensing.models import LicenceToken
from torhaus.releases.links import make_link
from torhaus.releases.rules import ALLOWING, HIDDEN, Reason
from torhaus_sdk.tokens import new_token, parse_token

URL = "/api/v1/downloads"
TODAY = people.NOON.date()


@pytest.fixture(autouse=True)
def stopped_clock():
    rates.PER_TOKEN.forget()
    rates.PER_ADDRESS.forget()
    with clock.at(people.NOON):
        yield


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def contract(db):
    people.vendor()
    return people.contract(people.customer())


@pytest.fixture
def token(contract):
    return people.token(contract)


def ask(token: str | None, query="", method="get", client=None, **headers):
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return getattr(client or Client(), method)(URL + query, headers=headers)


def test_versions_and_add_ons_with_files_and_links_that_work(contract, token):
    made = people.release("34.1", packages=[], minimum_version="33", notes_url="https://help.acme.example/34.1")
    stored = people.release_file(made, b"content", "acme.zip", signature="untrusted comment: x\nRWQ=\n")
    people.release("34.0", packages=people.release("33.0").packages)
    add_on = people.add_on(name={"de": "Abläufe", "en": "Flows"})
    for version, channel in (("1.9", "stable"), ("1.10", "stable"), ("2.0-rc1", "rc")):
        people.release_file(people.add_on_release(add_on, version, channel=channel), version.encode())
    answer = ask(token)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert "no-store" in answer.headers["Cache-Control"]
    said = answer.json()
    assert said["contract"] == "V-2026-001"
    assert said["product"] == {"key": "acme", "name": "Acme"}
    newest, older, _oldest = said["versions"]
    [file] = newest.pop("files")
    url = file.pop("url")
    assert newest == {
        "version": "34.1",
        "channel": "stable",
        "published_on": "2026-11-10",
        "security": False,
        "minimum_version": "33",
        "maximum_version": None,
        "notes_url": "https://help.acme.example/34.1",
        "entitlement": {"allowed": True, "reason": "active", "message": "Included in your contract."},
    }
    assert file == {
        "kind": "installation",
        "name": "acme.zip",
        "size": 7,
        "sha256": stored.key,
        "signature": "untrusted comment: x\nRWQ=\n",
    }
    assert url.startswith("http://localhost:8000/downloads/files/")
    fetched = Client().get(urlsplit(url).path, headers={"Authorization": f"Bearer {token}"})
    assert b"".join(fetched.streaming_content) == b"content"
    assert [one["url"] for one in older["files"]] == [
        "https://files.acme.example/update-33.0.zip",
        "https://files.acme.example/installation-33.0.zip",
    ]
    assert older["notes_url"].startswith("http://localhost:8000/downloads/versions/")
    [one] = said["add_ons"]
    assert (one["key"], one["name"], one["vendor"]) == ("flows", "Flows", "Acme")
    assert [version["version"] for version in one["versions"]] == ["2.0-rc1", "1.10"]
    assert one["versions"][0]["needs"] == {"minimum": "33", "maximum": None}
    assert one["versions"][0]["entitlement"]["reason"] == "not_booked"
    assert one["versions"][0]["files"][0]["url"] is None


def test_sentences_are_in_the_language_asked_for_else_in_the_vendors(contract, token):
    people.release()
    people.vendor(language="de")

    def message(**headers):
        return ask(token, **headers).json()["versions"][0]["entitlement"]["message"]

    assert message(**{"Accept-Language": "en"}) == "Included in your contract."
    assert message(**{"Accept-Language": "de-AT, en;q=0.5"}) == "In Ihrem Vertrag enthalten."
    assert message() == "In Ihrem Vertrag enthalten."
    refused = problem(ask(None, **{"Accept-Language": "de"}), 401, "token_missing")
    assert refused["title"] == "Das Lizenz-Token fehlt"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["35.0-rc1", "34.1", "34.0"]),
        ("?channel=stable", ["34.1", "34.0"]),
        ("?channel=rc", ["35.0-rc1"]),
        ("?channel=beta", []),
        ("?since=2026-11-10", ["35.0-rc1", "34.1"]),
        ("?since=2026-11-11&channel=stable", []),
        ("?other=%00", ["35.0-rc1", "34.1", "34.0"]),
    ],
)
def test_versions_are_narrowed_by_parameters(contract, token, query, expected):
    people.release("34.1")
    people.release("34.0", published_on=date(2026, 5, 1))
    people.release("35.0-rc1", channel="rc")
    assert [one["version"] for one in ask(token, query).json()["versions"]] == expected


@pytest.mark.parametrize(
    "query",
    ["?channel=evil", "?channel=%00", "?since=x", "?since=2026-13-01", "?since=" + "9" * 5000, "?since=%F0%9F%98%80"],
)
def test_values_that_cannot_be_are_explained(contract, token, query):
    said = problem(ask(token, query), 400, "invalid_parameter")
    assert "takes" in said["detail"]


# Refusals


def test_without_a_token_or_with_one_that_does_not_work_nobody_enters(contract, token, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=100)
    expired = token
    revoked = people.token(contract)
    revoke_token(public_id=parse_token(revoked).public_id, by=people.SYSTEM)
    answer = ask(None)
    problem(answer, 401, "token_missing")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="torhaus"'
    assert problem(Client().get(URL, headers={"Authorization": "Basic eDp5"}), 401, "token_missing")
    said = []
    for bad in (expired, revoked, new_token("acme").text, "x", "", "é", "x" * 9000, expired[:-1] + "!"):
        answer = ask(bad)
        said.append({k: v for k, v in problem(answer, 401, "token_invalid").items() if k != "request_id"})
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert all(one == said[0] for one in said)


def test_R4_guessing_at_the_api_counts_with_the_sign_ins(contract, token, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=3)
    for _ in range(10):
        assert ask(token).status_code == 200  # what works is not counted
    guesser = Client(REMOTE_ADDR="198.51.100.7")
    for _ in range(3):
        problem(ask(new_token("acme").text, client=guesser), 401, "token_invalid")
    answer = ask(token, client=guesser)
    problem(answer, 429, "too_many_requests")
    assert 500 < int(answer.headers["Retry-After"]) <= 600
    assert guesser.post("/login/", {"token": token}).status_code == 429
    assert ask(token).status_code == 200


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_R4_machines_that_still_have_the_old_token_lock_nobody_out(contract, token, settings, monkeypatch, end):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=3)
    monkeypatch.setattr("torhaus.frame.bearer.PER_TOKEN", rates.Rate(30))
    if end == "revoked":
        revoke_token(public_id=parse_token(token).public_id, by=people.SYSTEM)
    else:
        with scopes_disabled():
            LicenceToken.objects.update(expires_at=clock.now())
    new = people.token(contract)
    for _ in range(30):
        problem(ask(token), 401, "token_invalid")
    answer = ask(token)
    problem(answer, 429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert ask(new).status_code == 200
    assert Client().post("/login/", {"token": new}).status_code == 302
    # Whoever knows only the public id guesses all the same.
    known = parse_token(token)
    for _ in range(3):
        problem(ask(replace(known, secret=new_token("acme").secret).text), 401, "token_invalid")
    problem(ask(new), 429, "too_many_requests")


def test_a_token_that_asks_too_often_waits_and_others_do_not(contract, token, monkeypatch):
    monkeypatch.setattr("torhaus.frame.bearer.PER_TOKEN", rates.Rate(2))
    monkeypatch.setattr("torhaus.frame.bearer.PER_ADDRESS", rates.Rate(5))
    other = people.token(people.contract(contract.customer, "V-2"))
    assert [ask(token).status_code for _ in range(3)] == [200, 200, 429]
    assert ask(other).status_code == 200
    assert 1 <= int(ask(token).headers["Retry-After"]) <= 61
    problem(ask(other), 429, "too_many_requests")  # the address has asked six times
    assert ask(other, client=Client(REMOTE_ADDR="198.51.100.7")).status_code == 200


def test_a_role_without_the_right_is_refused(contract, token, monkeypatch):
    monkeypatch.setitem(CUSTOMER_ROLES, "token", frozenset())
    problem(ask(token), 403, "forbidden")


def test_methods_addresses_and_kinds_that_are_not_there_are_problems(contract, token):
    for method in ("post", "put", "patch", "delete"):
        answer = ask(token, method=method)
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD"
    for path in ("/api/v1/", "/api/v1", "/api/v2/downloads", "/api/v1/downloads/", "/api/%00", "/api/../x"):
        problem(Client().get(path, headers={"Authorization": f"Bearer {token}"}), 404, "not_found")
    problem(ask(token, Accept="text/html"), 406, "not_acceptable")
    assert ask(token, Accept="application/*").status_code == 200
    assert ask(token, Accept="*/*").status_code == 200


def test_faults_are_problems_too(contract, token, monkeypatch):
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("torhaus.api.downloads.views.releases_of", lambda *_: 1 / 0)
    said = problem(ask(token, client=client), 500, "server_error")
    assert "division" not in str(said)
    problem(ask(token, Host="evil.example"), 400, "bad_request")


def test_before_a_vendor_is_loaded_it_says_not_now(db):
    answer = ask("x")
    problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "60"


def test_R29_plain_http_is_refused_and_not_led_on(contract, token, settings):
    settings.OPTIONS = replace(settings.OPTIONS, https=True)
    settings.SECURE_SSL_REDIRECT = True
    for path in (URL, "/api/v1/nothing", "/api/v1/downloads?since=x"):
        answer = Client().get(path, headers={"Authorization": f"Bearer {token}", "Accept-Language": "de"})
        said = problem(answer, 403, "https_required")
        assert said["title"] == "Die Verbindung ist nicht verschlüsselt"
        assert "Location" not in answer.headers
    problem(Client().get("/downloads/files/x/y/", headers={"Authorization": "Bearer x"}), 403, "https_required")
    assert Client().get("/downloads/").status_code == 301  # people are led on
    assert Client().get(URL, secure=True, headers={"Authorization": f"Bearer {token}"}).status_code == 200


# No sessions


def test_cookies_are_neither_read_nor_set(contract, token):
    browser = signed_in(contract)
    problem(browser.get(URL), 401, "token_missing")
    with CaptureQueriesContext(connection) as queries:
        answer = ask(token=people.token(people.contract(contract.customer, "V-2")), client=browser)
    assert answer.json()["contract"] == "V-2"
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    with CaptureQueriesContext(connection) as queries:
        assert ask(people.token(contract, overlap="7d"), client=browser).status_code == 200
    assert not [one for one in queries if '"django_session"' in one["sql"]]


def test_few_queries_and_no_writes_with_200_add_ons_and_100_versions(contract, token):
    def counted():
        with CaptureQueriesContext(connection) as queries:
            assert ask(token).status_code == 200
        assert all(one["sql"].startswith("SELECT") for one in queries)
        return len(queries)

    people.release_file(people.release())
    people.release_file(people.add_on_release(people.add_on()))
    ask(token)  # notes that the token was used, once a minute
    few = counted()
    for n in range(100):
        people.release_file(people.release(f"1.{n}"))
    for n in range(200):
        people.release_file(people.add_on_release(people.add_on(f"a{n}")))
    assert counted() == few <= 12


# One function decides


@pytest.mark.parametrize("kind", ["subscription", "evaluation", "perpetual", "hosting"])
@pytest.mark.parametrize("state", ["active", "suspended", "upcoming", "expired", "maintenance"])
def test_page_api_and_door_give_the_same_answer(db, kind, state):
    fields = {
        "active": {},
        "suspended": {"suspended": True},
        "upcoming": {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)},
        "expired": {"ends_on": TODAY - timedelta(days=1)},
        "maintenance": {"maintenance_until": date(2026, 11, 1)},
    }[state]
    people.vendor()
    contract = people.contract(people.customer(), kind=kind, **{"auto_renews": False} | fields)
    shelf = []
    for version, more in (
        ("1.0", {"published_on": date(2026, 10, 1)}), ("2.0", {}), ("2.1", {"security": True}),
        ("3.0-rc1", {"channel": "rc"}), ("9.0", {"withdrawn_at": people.NOON, "security": True}),
    ):  # fmt: skip
        shelf.append(people.release_file(people.release(version, packages=[], **more)))
    for key, more in (("booked", {}), ("never", {}), ("free", {"free": True}), ("over", {}), ("later", {})):
        made = people.add_on(key, **more)
        shelf += [people.release_file(people.add_on_release(made, v, security=v == "1.1")) for v in ("1.0", "1.1")]
    days = {
        "booked": {},
        "over": {"until": TODAY - timedelta(days=9)},
        "later": {"active_from": TODAY + timedelta(days=9)},
    }
    for key, more in days.items():
        people.booking(contract, key, kind="add_on", item=people.add_on(key), quantity=1, **more)
    token, browser = people.token(contract), signed_in(contract)
    token = people.token(contract, overlap="7d")
    said = ask(token).json()
    by_api = {file["sha256"] for one in said["versions"] for file in one["files"] if file["url"]}
    for one in said["add_ons"]:
        by_api |= {file["sha256"] for version in one["versions"] for file in version["files"] if file["url"]}
    reasons = {one["entitlement"]["reason"] for one in said["versions"]}
    assert reasons <= set(map(str, set(Reason) - HIDDEN))
    assert all(o["entitlement"]["allowed"] == (o["entitlement"]["reason"] in ALLOWING) for o in said["versions"])
    for file in shelf:
        link = _link(contract, file)
        answer = Client().get(link, headers={"Authorization": f"Bearer {token}"})
        body = b"".join(answer.streaming_content) if answer.streaming else b""
        at_door = answer.status_code == 200 and bool(body)
        owner = file.release or file.add_on_release
        path = f"/downloads/versions/{owner.ref}/" if file.release else f"/downloads/add-ons/{owner.add_on.key}/"
        page = browser.get(path).content.decode()
        assert at_door == (f"/downloads/files/{file.ref}/" in page), owner
        newest = bool(file.release) or owner.version == "1.1"  # of add-ons the API names the newest of a channel
        assert not newest or at_door == (file.key in by_api), owner


def _link(contract, file) -> str:
    return f"/downloads/files/{file.ref}/{make_link(contract_ref=contract.ref, file_ref=file.ref)}/"
