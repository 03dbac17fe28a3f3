"""All that an answer needs, in one statement that is the same on PostgreSQL and SQLite.

It goes past Django's cursors, whose wrapping costs more than the database does, but on Django's own connection; on
PostgreSQL it is prepared at its second use. It reads across customers: the token says whose row it is.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
from django.db import DatabaseError, connection

_STATEMENT = """
SELECT t.id, t.prefix, t.secret_hash, t.expires_at, t.revoked_at,
       c.id, c.customer_id, c.revision, v.revision, s.failures, s.window_started_at,
       l.id, l.ref, l.grants, l.used, l.contract_revision, l.vendor_revision, l.derived_at, l.stale_at,
       l.installations, l.leases,
       i.id, i.ref, i.parts, i.name, i.environment, i.counts, i.activated_at, i.last_seen_at, i.removed_at,
       i.removed_by, e.expires_at
FROM licensing_licencetoken t
JOIN subscriptions_contract c ON c.id = t.contract_id
JOIN vendor_vendor v ON v.single = 1
LEFT JOIN accounts_throttle s ON s.source = %s
LEFT JOIN licensing_licence l ON l.contract_id = c.id AND l.product_id =
     CASE WHEN %s = '' THEN c.product_id ELSE (SELECT p.id FROM catalogue_product p WHERE p.key = %s) END
LEFT JOIN licensing_installation i ON i.ref = %s AND i.licence_id = l.id
LEFT JOIN licensing_lease e ON e.licence_id = l.id AND e.holder = %s
WHERE t.public_id = %s
"""
_STATEMENT_OF_SQLITE = _STATEMENT.replace("%s", "?")


class DatabaseGone(Exception):
    """The database does not answer, not even on a new connection."""


class HotRow(NamedTuple):
    """The row. From ``licence_id`` on everything is None where there is no licence, installation or lease."""

    token_id: int
    prefix: str
    secret_hash: str
    token_expires_at: datetime | None
    revoked_at: datetime | None
    contract_id: int
    customer_id: int
    contract_revision: int
    vendor_revision: int
    failures: int | None
    window_started_at: datetime | None
    licence_id: int | None
    licence_ref: str
    grants: str
    used: str
    kept_contract_revision: int
    kept_vendor_revision: int
    derived_at: datetime
    stale_at: datetime | None
    installations: int
    leases: int
    installation_id: int | None
    installation_ref: str
    parts: str
    name: str
    environment: str
    counts: bool
    activated_at: datetime
    last_seen_at: datetime
    removed_at: datetime | None
    removed_by: str
    lease_until: datetime | None


def fetch(*, source: str, product: str, installation: str, holder: str, public_id: str) -> HotRow | None:
    """Give the row of a token for a product ("" is the contract's own), an installation and a holder of a lease.

    ``source`` is whose failed guesses are looked up. A connection that broke is replaced, once.

    Raises:
        DatabaseGone: the database does not answer.
    """
    values = (source, product, product, installation, holder, public_id)
    try:
        row = _one(values)
    except (psycopg.Error, sqlite3.Error):
        if connection.in_atomic_block:
            raise
        row = _again(values)
    return None if row is None else HotRow._make(row)


def _one(values: tuple[str, ...]) -> Sequence[Any] | None:
    if connection.connection is None:
        connect()
    raw = connection.connection
    if connection.vendor == "sqlite":
        found: Sequence[Any] | None = raw.execute(_STATEMENT_OF_SQLITE, values).fetchone()
        return found
    with psycopg.Cursor(raw) as cursor:
        return cursor.execute(_STATEMENT, values).fetchone()


def _again(values: tuple[str, ...]) -> Sequence[Any] | None:
    with contextlib.suppress(DatabaseError):
        connection.close()
    try:
        return _one(values)
    except (psycopg.Error, sqlite3.Error) as error:
        with contextlib.suppress(DatabaseError):
            connection.close()
        raise DatabaseGone from error


def connect() -> None:
    """Open Django's connection of this thread.

    Raises:
        DatabaseGone: there is none to be had.
    """
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise DatabaseGone from error


def seconds(moment: datetime) -> int:
    """Give an instant of the row as whole seconds since 1970: SQLite's are in UTC without saying so."""
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
