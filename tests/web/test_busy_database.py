"""Pages while a long import holds SQLite's one writer."""

import sqlite3
import time
from datetime import timedelta

import pytest
from django.db import connection

from tests import people
from tests.doors import signed_in
from torhaus.core import clock


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
