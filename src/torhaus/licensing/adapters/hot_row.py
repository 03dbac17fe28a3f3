"""The row that an answer follows from, in one statement of its own or in one with those of other threads.

It goes past Django's cursors, whose work costs more than the database's, but on Django's own connection. It reads across
customers: the token says whose row it is.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections

from torhaus.licensing.adapters.gathering import Gathering
from torhaus.licensing.adapters.hot_postgresql import Question, one_row, several_rows
from torhaus.licensing.adapters.hot_statement import ONE, HotRow

_log = logging.getLogger(__name__)
_OF_SQLITE = ONE.replace("$", "?")
# As SQLite's instants, which are in UTC without saying so.
_EPOCH, _SECOND = datetime.fromtimestamp(0, UTC).replace(tzinfo=None), timedelta(seconds=1)


class DatabaseGone(Exception):
    """The database does not answer, not even on a new connection."""


def fetch(*, source: str, product: str, installation: str, holder: str, public_id: str) -> HotRow | None:
    """Give the row of a token for a product ("" is the contract's own), an installation and a holder of a lease.

    ``source`` is whose failed guesses are looked up. A connection that broke is replaced, once.

    Raises:
        DatabaseGone: the database does not answer.
    """
    question = (source, product, installation, holder, public_id)
    here = connections[DEFAULT_DB_ALIAS]  # asked for once: each look through Django's proxy costs
    if here.vendor == "postgresql" and not here.in_atomic_block:
        return _TOGETHER.ask(question)
    return _asked(question)


def _asked(question: Question) -> HotRow | None:
    """Ask for one row."""
    try:
        return _one(question)
    except (psycopg.Error, sqlite3.Error):
        if connection.in_atomic_block:
            raise
        return _again(question)


def _all_asked(questions: Sequence[Question]) -> list[HotRow | None] | None:
    """Ask for several rows; None where this connection broke, or the database does not answer all of them so.

    Raises:
        DatabaseGone: there is no connection to be had. That is not tried again by each of those who wait.
    """
    here = connections[DEFAULT_DB_ALIAS]
    if here.connection is None:
        connect()
    try:
        return several_rows(here.connection, questions)
    except psycopg.Error as error:
        _log.info("checks are asked for one by one: %s", type(error).__name__)
        with contextlib.suppress(Error):
            connection.close()
        return None


_TOGETHER = Gathering[Question, HotRow](_asked, _all_asked)


def _one(question: Question) -> HotRow | None:
    here = connections[DEFAULT_DB_ALIAS]
    if here.connection is None:
        connect()
    if here.vendor == "sqlite":
        return _from_sqlite(here.connection, question)
    return one_row(here.connection, question, in_transaction=here.in_atomic_block)


def _again(question: Question) -> HotRow | None:
    with contextlib.suppress(Error):
        connection.close()
    try:
        return _one(question)
    except (psycopg.Error, sqlite3.Error) as error:
        with contextlib.suppress(Error):
            connection.close()
        raise DatabaseGone from error


def connect() -> None:
    """Open Django's connection of this thread.

    Raises:
        DatabaseGone: there is none to be had.
    """
    try:
        connection.ensure_connection()
    except Error as error:
        raise DatabaseGone from error


def _from_sqlite(raw: Any, question: Question) -> HotRow | None:
    row = raw.execute(_OF_SQLITE, question).fetchone()
    if row is None:
        return None
    return HotRow._make([_seconds(one) if isinstance(one, datetime) else one for one in row])


def _seconds(moment: datetime) -> int:
    """Count the seconds, which takes a third of what ``timestamp()`` does."""
    return (moment - _EPOCH) // _SECOND
