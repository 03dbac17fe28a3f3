"""Whatever a test asks the API, its answer is held against the OpenAPI document."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client

from tests import people
from tests.api import conforming
from torhaus.api.licensing import hot
from torhaus.core import clock
from torhaus.frame import rates
from torhaus.licensing import signing
from torhaus.licensing.seen import SEEN
from torhaus.vendor.actions import create_signing_key


@pytest.fixture(autouse=True)
def answers_as_documented(monkeypatch):
    asked = Client.request

    def request(self, **environ):
        answer = asked(self, **environ)
        if environ.get("PATH_INFO", "").startswith("/api/v1/"):
            conforming.check(environ["REQUEST_METHOD"], environ["PATH_INFO"], answer)
        return answer

    short = hot.answer

    def answer(environ):
        reply = short(environ)
        if reply is not None:
            said = HttpResponse(reply.body, status=int(reply.status[:3]), headers=dict(reply.headers))
            said.json = lambda: json.loads(reply.body)
            conforming.check(environ["REQUEST_METHOD"], environ["PATH_INFO"], said)
        return reply

    monkeypatch.setattr(Client, "request", request)
    monkeypatch.setattr(hot, "answer", answer)


@pytest.fixture(autouse=True)
def rates_begin_anew():
    rates.PER_TOKEN.forget()
    rates.PER_ADDRESS.forget()


@pytest.fixture
def at_noon():
    """Stop the clock, with nothing remembered of earlier tests, and nothing left for later ones."""
    signing.ISSUER.forget()
    SEEN.forget()
    with clock.at(people.NOON):
        yield
    SEEN.forget()


@pytest.fixture
def contract(db):
    """A contract with a plan that brings objects, and the vendor with a key that signs."""
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    people.allowance(people.item())
    made = people.contract(people.customer())
    people.booking(made)
    return made


@pytest.fixture
def token(contract):
    """A token of the contract."""
    return people.token(contract)
