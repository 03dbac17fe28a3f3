"""What one statement finds for several questions is what each of them finds by itself (PostgreSQL)."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django_scopes import scopes_disabled

from tests import people
from torhaus.accounts.models import Throttle
from torhaus.catalogue.models import Product
from torhaus.core import clock
from torhaus.licensing.adapters import hot_row
from torhaus.licensing.adapters.hot_postgresql import one_row, several_rows
from torhaus.licensing.adapters.hot_statement import ASKED
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import Installation, Lease
from torhaus_sdk.tokens import parse_token

pytestmark = [
    pytest.mark.django_db(transaction=True),  # each thread has a connection of its own
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is asked one question at a time"),
]
ODD = ['"', "{a,b}", "\\", "NULL", "é\u0301 ü", "a\x1fb", " ", "x" * 300]


@pytest.fixture
def questions(db):
    """Give questions about two contracts, one of them with an installation, a lease and failed guesses, and odd ones."""
    people.vendor()
    tokens, owner = [], people.customer()
    people.product("other")
    for number in ("V-1", "V-2"):
        made = people.contract(owner, number=number)
        people.booking(made)
        tokens.append(parse_token(people.token(made)).public_id)
        with scopes_disabled():
            licence = kept_licence(made, Product.objects.get(key="acme"))
    now = clock.now()
    later = now + timedelta(hours=1)
    with scopes_disabled():
        row = Installation.objects.create(
            licence=licence, parts={"id": "ä"}, digest="d", name="Server ä", activated_at=now, last_seen_at=now
        )
        Lease.objects.create(licence=licence, installation=row, holder=row.ref, taken_at=now, expires_at=later)
    Throttle.objects.create(source="token:192.0.2.1", failures=3, window_started_at=now)
    some = itertools.product(
        ["token:192.0.2.1", "token:192.0.2.2"], ["", "acme", "other", "nobody's"], [row.ref, "", "unknown"], [row.ref, ""],
        [*tokens, "unknown"],
    )  # fmt: skip
    return [*some, *((odd, odd, odd, odd, one) for odd in ODD for one in (tokens[1], odd))]


@pytest.mark.parametrize("prepared", [5, None])
def test_several_rows_are_those_of_each(questions, prepared):
    with transaction.atomic():
        raw = connection.connection
        kept, raw.prepare_threshold = raw.prepare_threshold, prepared
        try:
            each = [one_row(raw, one, in_transaction=prepared is None) for one in questions]
            for many in (2, 3, 16, len(questions)):  # again and again: PostgreSQL plans anew for the first five
                parts = [several_rows(raw, questions[at : at + many]) for at in range(0, len(questions), many)]
                assert [row for part in parts for row in part] == each
        finally:
            raw.prepare_threshold = kept
    found = [row for row in each if row]
    assert len({row.token_id for row in found}) == 2
    assert any(row.lease_until and row.failures and row.parts == '{"id": "ä"}' for row in found)
    assert {row.failures for row in found} == {None, 3}
    assert None in each


def test_how_long_the_arrays_are_is_not_planned_for(questions):
    raw = connection.connection
    for _ in range(7):
        several_rows(raw, questions[:3])
    found = connection.connection.execute(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = 'torhaus_hot_rows'"
    ).fetchone()
    assert found[0] > 0, f"generic and custom plans: {found}"


def test_rows_are_found_again_after_prepared_statements_are_gone(questions):
    raw = connection.connection
    before = several_rows(raw, questions)
    raw.execute("DEALLOCATE ALL")
    assert several_rows(raw, questions) == before
    assert any(before)


def test_who_asks_at_once_gets_the_own_row_though_connections_break(questions, monkeypatch):
    raw = connection.connection
    expected = {one: one_row(raw, one, in_transaction=True) for one in questions}
    together, over = [], threading.Event()
    monkeypatch.setattr(hot_row, "several_rows", lambda *said: together.append(len(said[1])) or several_rows(*said))

    def ask(first: int) -> int:
        wrong, at = 0, first
        try:
            while not over.is_set():
                one = questions[at % len(questions)]
                wrong += hot_row.fetch(**dict(zip(ASKED, one, strict=True))) != expected[one]
                at += 1
            return wrong
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as several:
        asking = [several.submit(ask, n * 7) for n in range(8)]
        for _ in range(4):
            time.sleep(0.4)
            raw.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        time.sleep(0.4)
        over.set()
        assert [one.result() for one in asking] == [0] * 8
    assert len(together) > 20
    assert max(together) > 2
