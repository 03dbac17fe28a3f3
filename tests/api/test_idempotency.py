"""Idempotency-Key (R73): one effect and one reply, whatever is sent how often, whoever dies in between."""

import json
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from uuid import uuid4

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine, licensed, problem
from tests.processes import start, wait_for
from tests.servers import serving
from torhaus.core import clock
from torhaus.journeys.tasks import forget_old_keys
from torhaus.licensing.models import Installation, OfflineLicence
from torhaus.records.idempotency import Claim, ClaimLost, Reply, claim_key, keep_reply
from torhaus.records.models import IdempotencyKey
from torhaus.vendor.models import SigningKey
from torhaus_sdk.tokens import parse_token

BODY = {"fingerprint": "a"}


@pytest.fixture
def stopped_clock():
    with clock.at(people.NOON):
        yield


@pytest.fixture
def contract(db, stopped_clock):
    return licensed()


@pytest.fixture
def token(contract):
    return people.token(contract)


def keyed(token, name, body, key="key-1", **headers):
    return ask(token, name, body, **{"Idempotency-Key": key} | headers)


def files() -> int:
    with scopes_disabled():
        return OfflineLicence.objects.count()


def places() -> int:
    with scopes_disabled():
        return Installation.objects.count()


def test_R73_the_same_request_has_one_effect_and_the_same_reply_byte_for_byte(contract, token):
    first = keyed(token, "offline-licence", {})
    fine(first, 201)
    assert "Idempotent-Replayed" not in first.headers
    with clock.at(people.NOON + timedelta(hours=23, minutes=59)):
        again = keyed(token, "offline-licence", {}, **{"Accept-Language": "de"})
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/json"
    assert files() == 1
    fine(keyed(token, "offline-licence", {}, "key-2"), 201)
    assert files() == 2


def test_R73_however_the_same_body_is_written_it_is_the_same_request(contract, token):
    first = keyed(token, "activate", {"fingerprint": "a", "name": "é"})
    fine(first, 201)
    for raw in (b'{"name":"\\u00e9" ,\n "fingerprint":"a"}', '{"fingerprint": "a", "name": "é"}'.encode()):
        again = ask(token, "activate", raw=raw, **{"Idempotency-Key": "key-1"})
        assert (again.status_code, again.content) == (201, first.content)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("activate", {"fingerprint": "b"}),
        ("activate", {"fingerprint": "a", "name": "x"}),
        ("activate", {"fingerprint": "a", "unknown": 1}),
        ("offline-licence", BODY),
        ("activate?x=1", BODY),
    ],
)
def test_R73_the_key_with_another_request_is_refused(contract, token, name, body):
    fine(keyed(token, "activate", BODY), 201)
    if "?" in name:  # the address counts with its query
        answer = ask(token, name, body, **{"Idempotency-Key": "key-1"})
        assert answer.json()["code"] == "idempotency_key_reused"
    else:
        problem(keyed(token, name, body), 422, "idempotency_key_reused")
    assert (places(), files()) == (1, 0)


def test_R73_while_the_first_is_in_progress_the_second_is_told_to_wait(contract, token):
    public_id = parse_token(token).public_id
    fine(keyed(token, "activate", BODY), 201)
    row = IdempotencyKey.objects.get()
    row.status, row.reply, row.claim = None, "", "working"
    row.save()
    answer = keyed(token, "activate", BODY)
    problem(answer, 409, "request_in_progress")
    assert answer.headers["Retry-After"] == "1"
    problem(keyed(token, "activate", {"fingerprint": "b"}), 422, "idempotency_key_reused")
    assert row.scope == public_id


def test_R73_each_token_has_its_own_keys(contract, token):
    first = fine(keyed(token, "activate", BODY), 201)
    other = people.token(licensed("666"))
    second = fine(keyed(other, "activate", BODY), 201)
    assert first["installation"]["ref"] != second["installation"]["ref"]
    successor = people.token(contract, overlap="7d")
    assert "Idempotent-Replayed" not in keyed(successor, "activate", BODY).headers


def test_a_refusal_by_what_stands_is_a_reply_too(contract, token):
    body = {"installation": "X" * 12}
    first = keyed(token, "deactivate", body)
    problem(first, 404, "installation_unknown")
    again = keyed(token, "deactivate", body)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/problem+json"


def test_what_was_never_begun_may_be_sent_again_with_the_same_key(contract, token, monkeypatch):
    for body in ({}, {"fingerprint": 5}):
        problem(keyed(token, "activate", body), 422, "invalid_body")
    problem(keyed(None, "activate", BODY), 401, "token_missing")
    assert not IdempotencyKey.objects.exists()
    keys = list(SigningKey.objects.all())
    SigningKey.objects.all().delete()
    problem(keyed(token, "activate", BODY), 503, "cannot_sign")
    assert not IdempotencyKey.objects.exists()
    SigningKey.objects.bulk_create(keys)
    with monkeypatch.context() as broken:
        broken.setattr("torhaus.api.licensing.activate.answer_question", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keyed(token, "activate", BODY)
    assert (places(), IdempotencyKey.objects.count()) == (0, 0)  # the deed went with its answer
    fine(keyed(token, "activate", BODY), 201)


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "a\tb"])
def test_keys_that_cannot_be_are_refused(contract, token, key):
    problem(keyed(token, "activate", BODY, key), 400, "invalid_idempotency_key")
    assert places() == 0


@pytest.mark.parametrize("key", ["x" * 255, '"8e03978e"', "!~", "a'--"])
def test_every_visible_character_is_taken(contract, token, key):
    fine(keyed(token, "activate", BODY, key), 201)
    assert keyed(token, "activate", BODY, key).headers["Idempotent-Replayed"] == "true"


def test_without_a_key_nothing_is_kept(contract, token):
    for _ in range(2):
        fine(ask(token, "offline-licence", {}), 201)
    assert not IdempotencyKey.objects.exists()
    assert files() == 2


def test_keys_are_kept_for_a_day_at_least_and_then_forgotten(contract, token):
    fine(keyed(token, "activate", BODY), 201)
    for hours, left in ((24, 1), (47, 1), (49, 0)):
        with clock.at(people.NOON + timedelta(hours=hours)):
            forget_old_keys.func()
        assert IdempotencyKey.objects.count() == left


# Claims


def claim(at=people.NOON, request="r"):
    with clock.at(at):
        return claim_key(scope="t", key="k", request=request)


def test_an_abandoned_claim_is_taken_over_by_one_and_lost_to_the_other(db):
    first = claim()
    later = people.NOON + timedelta(seconds=61)
    second = claim(later)
    assert isinstance(second, Claim)
    with pytest.raises(ClaimLost):
        keep_reply(first, Reply(200, "first"))
    keep_reply(second, Reply(200, "second"))
    assert claim(later) == Reply(200, "second")
    with pytest.raises(ClaimLost):
        keep_reply(second, Reply(200, "twice"))


# With real processes, on the database of this run

SEED = """
from tests.api.program import licensed
contract = licensed()
print("TOKEN", people.token(contract))
"""
COUNTS = """
from torhaus.licensing.models import OfflineLicence
from torhaus.records.models import IdempotencyKey, Record
with scopes_disabled():
    print(OfflineLicence.objects.count(), Record.objects.filter(deed="issue_offline_licence").count(),
          IdempotencyKey.objects.filter(status=201).count(), IdempotencyKey.objects.filter(status=None).count())
"""


def send(here, token: str, key: str, timeout=60.0) -> tuple[int, bytes, str]:
    line = HTTPConnection("127.0.0.1", here.port, timeout=timeout)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
        line.request("POST", "/api/v1/offline-licence", json.dumps({}), headers)
        answer = line.getresponse()
        return answer.status, answer.read(), answer.headers.get("Idempotent-Replayed", "")
    finally:
        line.close()


def counts(here) -> list[int]:
    return [int(word) for word in here.python(COUNTS).split()]


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.timeout(300)
def test_R73_the_same_request_at_once_from_many_sides_has_one_effect():
    keys = [str(uuid4()) for _ in range(5)]
    with serving(workers="2") as here, ThreadPoolExecutor(12) as pool:
        token = re.search("TOKEN (.*)", here.python(SEED))[1]
        got = list(pool.map(lambda n: send(here, token, keys[n % 5]), range(60)))
        assert {status for status, _, _ in got} <= {201, 409, 503}, here.log()
        for number, key in enumerate(keys):
            status, text, replayed = send(here, token, key)
            assert (status, replayed) == (201, "true")
            mine = [one for one in got[number::5] if one[0] == 201]
            assert {body for _, body, _ in mine} <= {text}
            assert sum(1 for one in mine if not one[2]) <= 1
        assert counts(here) == [5, 5, 5, 0]


SLOW = """
import os, time
from torhaus.licensing import issue_offline_licence as its
signed = its._signed
def slow(*a, **k):
    open(os.environ["MARK"], "w").close()
    time.sleep(600)
its._signed = slow
from tests.api.program import ask
host = "127.0.0.1:" + os.environ["TORHAUS_PORT"]
ask(os.environ["TOKEN"], "offline-licence", {}, Host=host, **{"Idempotency-Key": "killed"})
"""


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.timeout(300)
def test_R73_killed_between_claim_and_commit_the_repetition_succeeds_and_there_is_one_effect(tmp_path):
    with serving(workers="1") as here:
        token = re.search("TOKEN (.*)", here.python(SEED))[1]
        mark = tmp_path / "working"
        here.env |= {"MARK": str(mark), "TOKEN": token}
        script = tmp_path / "slow.py"
        script.write_text("import django; django.setup()\n" + SLOW, "utf-8")
        process = start(str(script), env=here.env)
        wait_for(lambda: mark.exists() or process.poll() is not None, 60, "the deed to begin")
        assert process.poll() is None, process.communicate()[0]
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert counts(here) == [0, 0, 0, 1]  # claimed, and nothing of the deed
        status, text, _ = send(here, token, "killed")
        assert (status, json.loads(text)["code"]) == (409, "request_in_progress")
        older = "IdempotencyKey.objects.update(claimed_at=people.NOON.replace(year=2020))"
        here.python(f"from torhaus.records.models import IdempotencyKey\n{older}")  # as after a minute
        status, text, replayed = send(here, token, "killed")
        assert (status, replayed) == (201, ""), text
        assert send(here, token, "killed") == (201, text, "true")
        assert counts(here) == [1, 1, 1, 0]
