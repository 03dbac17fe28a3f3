"""Pages while a long import holds SQLite's one writer."""

import sqlite3
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.doors import signed_in
from torhaus.core import clock
from torhaus.records.models import Record


@pytest.mark.django_db(transaction=True)
def test_a_page_that_only_reads_neither_waits_nor_fails():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has as many writers as come")
    people.vendor()
    client = signed_in(people.token(people.contract(people.customer())))
    noted = client.session["seen_at"]
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        with clock.shifted(timedelta(minutes=2)):  # the use of the session would be noted now
            began = time.monotonic()
            assert client.get("/dashboard/").status_code == 200
            assert time.monotonic() - began < 3
        writer.execute("ROLLBACK")
    finally:
        writer.close()
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (5000,)
    assert client.session["seen_at"] == noted
    with clock.shifted(timedelta(minutes=2)):
        assert client.get("/dashboard/").status_code == 200
    assert client.session["seen_at"] > noted


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_that_has_to_wait_too_long_says_so_and_changes_nothing():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has as many writers as come")
    people.vendor()
    token = people.token(people.contract(people.customer()))
    before = records()
    client = Client(raise_request_exception=False, headers={"accept-language": "de"})
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        answer = client.post("/login/", {"token": token})
    finally:
        writer.close()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "deshalb wurde nichts geändert" in answer.content.decode()
    assert records() == before
    assert client.post("/login/", {"token": token}).status_code == 302


def records() -> int:
    with scopes_disabled():
        return Record.objects.count()
