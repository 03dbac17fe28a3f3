"""All that an answer needs, in one statement that is the same on PostgreSQL and SQLite.

It goes past Django's cursors and the driver's, whose work costs more than the database's, but on Django's own
connection: on PostgreSQL through libpq as psycopg wraps it (``psycopg.pq``), prepared once for each connection, with
values in the binary format. It reads across customers: the token says whose row it is.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from weakref import WeakSet

import psycopg
from django.db import Error, connection
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
    if connection.connection is None:
        connect()
    return (_from_sqlite if connection.vendor == "sqlite" else _from_postgresql)(connection.connection, values)


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

_PREPARED: WeakSet[Any] = WeakSet()


def _from_postgresql(raw: Any, values: Sequence[str]) -> HotRow | None:
    said = [value.encode() for value in values]
    # A pooler that cannot keep prepared statements is told of by the same setting as for Django's own.
    # Inside a transaction nothing may fail, and a prepared statement may be gone.
    if raw.prepare_threshold is None or connection.in_atomic_block:
        types = [_TEXT] * len(said)
        return _read(raw, raw.pgconn.exec_params(_OF_POSTGRESQL, said, types, result_format=Format.BINARY))
    if raw not in _PREPARED:
        _prepare(raw)
    result = raw.pgconn.exec_prepared(_NAME, said, result_format=Format.BINARY)
    if result.status == ExecStatus.FATAL_ERROR and result.error_field(DiagnosticField.SQLSTATE) == _NOT_PREPARED:
        # The driver drops all prepared statements when a transaction is taken back, and when a table changes.
        _prepare(raw)
        result = raw.pgconn.exec_prepared(_NAME, said, result_format=Format.BINARY)
    return _read(raw, result)


def _prepare(raw: Any) -> None:
    prepared = raw.pgconn.prepare(_NAME, _OF_POSTGRESQL, [_TEXT] * _STATEMENT.count("%s"))
    if prepared.status != ExecStatus.COMMAND_OK:
        raise error_from_result(prepared, encoding=raw.info.encoding)
    _PREPARED.add(raw)


def _read(raw: Any, result: Any) -> HotRow | None:
    if result.status != ExecStatus.TUPLES_OK:
        raise error_from_result(result, encoding=raw.info.encoding)
    if not result.ntuples:
        return None
    value = result.get_value
    return HotRow._make([None if (one := value(0, at)) is None else read(one) for at, read in _READERS])


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


def _instant(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True) // 1_000_000 + _SINCE_2000


def _json(value: bytes) -> str:
    return value[1:].decode()  # before it stands the version of the format


def _truth(value: bytes) -> bool:
    return value == b"\x01"


_KINDS: dict[str, Callable[[bytes], Any]] = {"n": _number, "t": bytes.decode, "i": _instant, "j": _json, "b": _truth}
# The kind of each column, in their order.
_COLUMNS = "nttiinnnnnintttnniinnntjttbiiiti"
_READERS = tuple(enumerate(_KINDS[kind] for kind in _COLUMNS))


# SQLite


def _from_sqlite(raw: Any, values: Sequence[str]) -> HotRow | None:
    row = raw.execute(_OF_SQLITE, values).fetchone()
    if row is None:
        return None
    return HotRow._make([_seconds(one) if isinstance(one, datetime) else one for one in row])


def _seconds(moment: datetime) -> int:
    """SQLite's instants are in UTC without saying so."""
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
