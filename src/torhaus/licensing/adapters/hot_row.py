"""All that an answer needs, in one statement that is the same on PostgreSQL and SQLite.

It goes past Django's cursors and the driver's, whose work costs more than the database's, but on Django's own
connection: on PostgreSQL through libpq as psycopg wraps it (``psycopg.pq``), prepared once for each connection, with
values in the binary format. It reads across customers: the token says whose row it is.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from psycopg.abc import Transformer as RowReader
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format

# ``+ 0`` keeps PostgreSQL from looking for an installation among all of its licence: its reference is unique.
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
LEFT JOIN licensing_installation i ON i.ref = %s AND i.licence_id + 0 = l.id
LEFT JOIN licensing_lease e ON e.licence_id = l.id AND e.holder = %s
WHERE t.public_id = %s
"""
_OF_SQLITE = _STATEMENT.replace("%s", "?")
_OF_POSTGRESQL = _STATEMENT.replace("%s", "${}").format(*range(1, _STATEMENT.count("%s") + 1)).encode()
_NAME = b"torhaus_hot_row"
_NOT_PREPARED = b"26000"
_TEXT = 25  # PostgreSQL's number of the type
_SINCE_2000 = 946_684_800  # PostgreSQL counts microseconds from there


class DatabaseGone(Exception):
    """The database does not answer, not even on a new connection."""


class HotRow(NamedTuple):
    """The row; instants are whole seconds since 1970.

    From ``licence_id`` on everything is None where there is no licence, installation or lease.
    """

    token_id: int
    prefix: str
    secret_hash: str
    token_expires_at: int | None
    revoked_at: int | None
    contract_id: int
    customer_id: int
    contract_revision: int
    vendor_revision: int
    failures: int | None
    window_started_at: int | None
    licence_id: int | None
    licence_ref: str
    grants: str
    used: str
    kept_contract_revision: int
    kept_vendor_revision: int
    derived_at: int
    stale_at: int | None
    installations: int
    leases: int
    installation_id: int | None
    installation_ref: str
    parts: str
    name: str
    environment: str
    counts: bool
    activated_at: int
    last_seen_at: int
    removed_at: int | None
    removed_by: str
    lease_until: int | None


def fetch(*, source: str, product: str, installation: str, holder: str, public_id: str) -> HotRow | None:
    """Give the row of a token for a product ("" is the contract's own), an installation and a holder of a lease.

    ``source`` is whose failed guesses are looked up. A connection that broke is replaced, once.

    Raises:
        DatabaseGone: the database does not answer.
    """
    values = (source, product, product, installation, holder, public_id)
    try:
        return _one(values)
    except (psycopg.Error, sqlite3.Error):
        if connection.in_atomic_block:
            raise
        return _again(values)


def _one(values: Sequence[str]) -> HotRow | None:
    here = connections[DEFAULT_DB_ALIAS]  # asked for once: each look through Django's proxy costs
    if here.connection is None:
        connect()
    if here.vendor == "sqlite":
        return _from_sqlite(here.connection, values)
    return _from_postgresql(here.connection, values, in_transaction=here.in_atomic_block)


def _again(values: Sequence[str]) -> HotRow | None:
    with contextlib.suppress(Error):
        connection.close()
    try:
        return _one(values)
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


# PostgreSQL

# How values come: as they are stored, instants and JSON in PostgreSQL's own form, which is read here.
_BIGINT, _TIMESTAMPTZ, _JSONB = 20, 1184, 3802  # PostgreSQL's numbers of the types
_AS = {_TIMESTAMPTZ: _BIGINT, _JSONB: _TEXT}
_INSTANTS = tuple(HotRow._fields.index(name) for name in (
    "token_expires_at", "revoked_at", "window_started_at", "derived_at", "stale_at", "activated_at", "last_seen_at",
    "removed_at", "lease_until",
))  # fmt: skip
_PARTS = HotRow._fields.index("parts")
# What reads rows of a connection on which the statement is prepared.
_PREPARED: WeakKeyDictionary[Any, RowReader] = WeakKeyDictionary()


def _from_postgresql(raw: Any, values: Sequence[str], *, in_transaction: bool) -> HotRow | None:
    said = [value.encode() for value in values]
    # A pooler that cannot keep prepared statements is told of by the same setting as for Django's own.
    # Inside a transaction nothing may fail, and a prepared statement may be gone.
    if raw.prepare_threshold is None or in_transaction:
        types = [_TEXT] * len(said)
        result = raw.pgconn.exec_params(_OF_POSTGRESQL, said, types, result_format=Format.BINARY)
        return _read(raw, _reader(raw), result)
    reader = _PREPARED.get(raw) or _prepare(raw)
    result = raw.pgconn.exec_prepared(_NAME, said, result_format=Format.BINARY)
    if result.status == ExecStatus.FATAL_ERROR and result.error_field(DiagnosticField.SQLSTATE) == _NOT_PREPARED:
        # The driver drops all prepared statements when a transaction is taken back, and when a table changes.
        reader = _prepare(raw)
        result = raw.pgconn.exec_prepared(_NAME, said, result_format=Format.BINARY)
    return _read(raw, reader, result)


def _prepare(raw: Any) -> RowReader:
    prepared = raw.pgconn.prepare(_NAME, _OF_POSTGRESQL, [_TEXT] * _STATEMENT.count("%s"))
    if prepared.status != ExecStatus.COMMAND_OK:
        raise error_from_result(prepared, encoding=raw.info.encoding)
    reader = _PREPARED[raw] = _reader(raw)
    return reader


def _reader(raw: Any) -> RowReader:
    """Give what reads the rows: it is told the columns' types by the first result."""
    return Transformer.from_context(raw)


def _read(raw: Any, reader: RowReader, result: Any) -> HotRow | None:
    if result.status != ExecStatus.TUPLES_OK:
        raise error_from_result(result, encoding=raw.info.encoding)
    if not result.ntuples:
        return None
    if reader.pgresult is None:
        types = [result.ftype(at) for at in range(result.nfields)]
        reader.set_loader_types([_AS.get(one, one) for one in types], Format.BINARY)
    reader.set_pgresult(result, set_loaders=False)
    row: list[Any] = list(reader.load_row(0, tuple) or ())
    for at in _INSTANTS:
        if row[at] is not None:
            row[at] = row[at] // 1_000_000 + _SINCE_2000
    if row[_PARTS] is not None:
        row[_PARTS] = row[_PARTS][1:]  # before it stands the version of the format
    return HotRow._make(row)


# SQLite


def _from_sqlite(raw: Any, values: Sequence[str]) -> HotRow | None:
    row = raw.execute(_OF_SQLITE, values).fetchone()
    if row is None:
        return None
    return HotRow._make([_seconds(one) if isinstance(one, datetime) else one for one in row])


def _seconds(moment: datetime) -> int:
    """SQLite's instants are in UTC without saying so."""
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
