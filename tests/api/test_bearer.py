"""The licence token that a request brings: whose it is, when it stops working, and how often it may ask."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from tests import people
from tests.api.asking import ask, ask_hot, both, environ_of, statements
from tests.api.program import problem
from torhaus.api.licensing import hot
from torhaus.core import clock
from torhaus.core.random import base62, new_ref
from torhaus.frame import rates
from torhaus_sdk.tokens import ALPHABET, new_token, parse_token

URL = "/api/v1/validate"
pytestmark = pytest.mark.usefixtures("at_noon")


def test_a_request_left_to_the_ordinary_view_counts_once(contract, token, monkeypatch):
    rate = rates.Rate(2)
    monkeypatch.setattr("torhaus.frame.bearer.PER_TOKEN", rate)
    monkeypatch.setattr(hot, "PER_TOKEN", rate)
    environ = environ_of(URL, b"{}", {"Authorization": f"Bearer {token}"})
    with monkeypatch.context() as patched:
        patched.setattr(hot, "answer_by", lambda *_: None)
        assert hot.answer(environ) is None
    assert Client().request(**environ).status_code == 200
    assert ask_hot(URL, token).status_code == 200
    assert ask_hot(URL, token).status_code == 429


def test_B4_the_same_token_signs_in_and_licenses(contract, token):
    assert Client().post("/login/", {"token": token}).status_code in {302, 303}
    assert ask(URL, token).json()["valid"]


@both
def test_R45_B5_during_an_overlap_both_work_and_now_kills_in_the_next_request(contract, token, way):
    second = people.token(contract, overlap="1h")
    assert [way(URL, one).status_code for one in (token, second)] == [200, 200]
    with clock.at(people.NOON + timedelta(hours=1, seconds=1)):
        problem(ask(URL, token), 401, "token_invalid")
        assert way(URL, second).status_code == 200
    third = people.token(contract, overlap="0")
    problem(ask(URL, second), 401, "token_invalid")
    assert way(URL, third).status_code == 200


def test_R37_altered_foreign_and_wrongly_typed_tokens_read_alike(contract, token):
    parsed = parse_token(token)
    altered = replace(parsed, secret=new_token("acme").secret).text
    other_prefix = replace(parsed, prefix="other").text
    said = [
        problem(ask(URL, one), 401, "token_invalid")
        for one in (altered, other_prefix, new_token("acme").text, "x", token + "x", token[:-1], "a.b.c")
    ]
    assert len({(one["title"], one["detail"]) for one in said}) == 1
    problem(ask(URL, None), 401, "token_missing")
    problem(ask(URL, None, Authorization=f"Basic {token}"), 401, "token_missing")


def test_R44_a_changed_character_is_refused_without_asking_the_database(contract, token):
    rates.PER_ADDRESS.limit, usual = 10**9, rates.PER_ADDRESS.limit
    try:
        with statements() as good:
            assert ask_hot(URL, token).status_code == 200
        assert good, "what a good token asks would be seen"
        with statements() as asked:
            for place in range(token.index("_") + 1, len(token)):
                if token[place] == "_":
                    continue
                other = ALPHABET[(ALPHABET.index(token[place]) + 7) % 62]
                answer = ask_hot(URL, token[:place] + other + token[place + 1 :])
                problem(answer, 401, "token_invalid")
        assert asked == []
    finally:
        rates.PER_ADDRESS.limit = usual


@pytest.mark.timeout(1800)
def test_R44_random_strings_never_match(contract, token, monkeypatch):
    asked = []
    monkeypatch.setattr("torhaus.api.licensing.hot.fetch_for", asked.append)
    monkeypatch.setattr(rates.PER_ADDRESS, "limit", 10**9)
    like = len(token) - len("acme__") - len(new_ref())  # secret and checksum, so that only the checksum can tell
    # `make prove` tries a million.
    for _ in range(int(os.environ.get("TORHAUS_TEST_TOKENS", "2000"))):
        guess = f"acme_{new_ref()}_{base62(like)}"
        assert len(guess) == len(token)
        assert ask_hot(URL, guess).status_code == 401
    assert asked == []


def test_guesses_count_with_the_sign_ins_and_stop_even_a_good_token(contract, token, settings):
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=3)
    for _ in range(3):
        problem(ask(URL, new_token("acme").text, remote="198.51.100.7"), 401, "token_invalid")
    assert ask_hot(URL, token, remote="198.51.100.7") is None  # left to the ordinary way, which says how long
    problem(ask(URL, token, remote="198.51.100.7"), 429, "too_many_requests")
    assert ask_hot(URL, token).status_code == 200


def test_R36_limits_by_token_and_by_address_say_how_long_to_wait(contract, token, monkeypatch):
    monkeypatch.setattr(rates.PER_TOKEN, "limit", 2)
    monkeypatch.setattr(rates.PER_ADDRESS, "limit", 5)
    other = people.token(people.contract(contract.customer, "V-2"))
    assert [ask(URL, token).status_code for _ in range(3)] == [200, 200, 429]
    assert ask(URL, other).status_code == 200
    refused = ask(URL, token)
    problem(refused, 429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    problem(ask(URL, other), 429, "too_many_requests")  # the address has asked six times
    assert ask(URL, other, remote="198.51.100.7").status_code == 200
