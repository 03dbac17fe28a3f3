"""Whatever a test asks the API, its answer is held against the OpenAPI document."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.api import conforming
from torhaus.api.licensing import hot
from torhaus.frame import rates


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
