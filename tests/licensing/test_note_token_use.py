"""When a program used its token, the token page says so, and noting it costs no write per call."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from torhaus.core import clock
from torhaus.frame import bearer, rates
from torhaus.licensing.models import LicenceToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def token():
    rates.PER_TOKEN.forget()
    rates.PER_ADDRESS.forget()
    people.vendor()
    return people.token(people.contract(people.customer()))


def ask(token: str, url: str = "/api/v1/downloads") -> list[str]:
    """Ask as a program does; give the writes this took."""
    with CaptureQueriesContext(connection) as captured:
        answer = Client().get(url, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == (200 if url.startswith("/api/") else 404)
    return [one["sql"] for one in captured if one["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]


def used_at():
    with scopes_disabled():
        return LicenceToken.objects.get().last_used_at


def test_a_program_s_use_is_noted_at_most_once_a_minute(token):
    with clock.at(people.NOON):
        assert used_at() is None
        assert len(ask(token)) == 1
        assert used_at() == people.NOON
    with clock.at(people.NOON + timedelta(seconds=59)):
        assert ask(token) == []
        assert used_at() == people.NOON
    with clock.at(people.NOON + timedelta(seconds=60)):
        assert len(ask(token)) == 1
        assert used_at() == people.NOON + timedelta(seconds=60)


def test_the_door_of_files_notes_it_too(token):
    with clock.at(people.NOON):
        assert len(ask(token, "/downloads/files/nothing/none/")) == 1
        assert used_at() == people.NOON


def test_a_guess_notes_nothing(token):
    guess = token[:-1] + ("y" if token.endswith("x") else "x")
    answer = Client().get("/api/v1/downloads", headers={"Authorization": f"Bearer {guess}"})
    assert answer.status_code == 401
    assert used_at() is None


def test_nobody_is_turned_away_for_a_note_that_cannot_be_made(token, monkeypatch, caplog):
    def busy(_row):
        raise OperationalError("database is locked")

    monkeypatch.setattr(bearer, "note_token_use", busy)
    assert ask(token) == []
    assert "the use of a token was not noted" in caplog.text
