"""The row, or the rows of several questions, from PostgreSQL.

It is read through libpq as psycopg wraps it (``psycopg.pq``), prepared once for each connection, with values in the binary
format: the driver's own cursors cost more than the database does.
"""

import struct
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from psycopg.abc import Transformer as RowReader
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus, Format

from torhaus.licensing.adapters.hot_statement import ASKED, ONE, SEVERAL, HotRow

Question = Sequence[str]  # values in the order of ASKED

_BINARY = [Format.BINARY] * len(ASKED)
_NOT_PREPARED = b"26000"
# PostgreSQL's numbers of types.
_BIGINT, _TEXT, _TEXTS, _TIMESTAMPTZ, _JSONB = 20, 25, 1009, 1184, 3802
_SINCE_2000 = 946_684_800  # PostgreSQL counts microseconds from there
# How values come: as they are stored, instants and JSON in PostgreSQL's own form, which is read here.
_AS = {_TIMESTAMPTZ: _BIGINT, _JSONB: _TEXT}
_INSTANTS = tuple(HotRow._fields.index(name) for name in (
    "token_expires_at", "revoked_at", "window_started_at", "derived_at", "stale_at", "activated_at", "last_seen_at",
    "removed_at", "lease_until",
))  # fmt: skip
_HEAD, _SIZE = struct.Struct("!iiiii").pack, struct.Struct("!i").pack
_PARTS = HotRow._fields.index("parts")


class _Statement:
    """A statement, and what reads its rows on each connection on which it is prepared."""

    def __init__(self, name: bytes, text: str, of_type: int) -> None:
        self._name, self._text, self._types = name, text.encode(), [of_type] * len(ASKED)
        self._prepared: WeakKeyDictionary[Any, RowReader] = WeakKeyDictionary()

    def rows(self, raw: Any, values: list[bytes], *, in_transaction: bool = False) -> list[tuple[Any, ...]]:
        """Ask, and give the rows as they come. Raises psycopg's errors."""
        # A pooler that cannot keep prepared statements is told of by the same setting as for Django's own.
        # Inside a transaction nothing may fail, and a prepared statement may be gone.
        if raw.prepare_threshold is None or in_transaction:
            result = raw.pgconn.exec_params(self._text, values, self._types, _BINARY, Format.BINARY)
            return self._read(raw, Transformer.from_context(raw), result)
        reader = self._prepared.get(raw) or self._prepare(raw)
        result = raw.pgconn.exec_prepared(self._name, values, _BINARY, Format.BINARY)
        if result.status == ExecStatus.FATAL_ERROR and result.error_field(DiagnosticField.SQLSTATE) == _NOT_PREPARED:
            # The driver drops all prepared statements when a transaction is taken back, and when a table changes.
            reader = self._prepare(raw)
            result = raw.pgconn.exec_prepared(self._name, values, _BINARY, Format.BINARY)
        return self._read(raw, reader, result)

    def _prepare(self, raw: Any) -> RowReader:
        prepared = raw.pgconn.prepare(self._name, self._text, self._types)
        if prepared.status != ExecStatus.COMMAND_OK:
            raise error_from_result(prepared, encoding=raw.info.encoding)
        reader = self._prepared[raw] = Transformer.from_context(raw)
        return reader

    @staticmethod
    def _read(raw: Any, reader: RowReader, result: Any) -> list[tuple[Any, ...]]:
        """Read rows; ``reader`` is told the columns' types by the first result."""
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result, encoding=raw.info.encoding)
        if reader.pgresult is None:
            types = [result.ftype(at) for at in range(result.nfields)]
            reader.set_loader_types([_AS.get(one, one) for one in types], Format.BINARY)
        reader.set_pgresult(result, set_loaders=False)
        rows: list[tuple[Any, ...]] = reader.load_rows(0, result.ntuples, tuple)
        return rows


_ONE = _Statement(b"torhaus_hot_row", ONE, _TEXT)
_SEVERAL = _Statement(b"torhaus_hot_rows", SEVERAL, _TEXTS)


def one_row(raw: Any, question: Question, *, in_transaction: bool) -> HotRow | None:
    """Give the row of a question. Raises psycopg's errors."""
    rows = _ONE.rows(raw, [value.encode() for value in question], in_transaction=in_transaction)
    return _told(list(rows[0])) if rows else None


def several_rows(raw: Any, questions: Sequence[Question]) -> list[HotRow | None]:
    """Give the row of each question, outside of transactions. Raises psycopg's errors."""
    found: list[HotRow | None] = [None] * len(questions)
    for *row, number in _SEVERAL.rows(raw, [_array(values) for values in zip(*questions, strict=True)]):
        found[number - 1] = _told(row)
    return found


def _told(row: list[Any]) -> HotRow:
    for at in _INSTANTS:
        if row[at] is not None:
            row[at] = row[at] // 1_000_000 + _SINCE_2000
    if row[_PARTS] is not None:
        row[_PARTS] = row[_PARTS][1:]  # before it stands the version of the format
    return HotRow._make(row)


def _array(texts: Sequence[str]) -> bytes:
    """Give texts as an array in PostgreSQL's binary form (array_send): dimensions, NULLs, type, length, lower bound."""
    told = [text.encode() for text in texts]
    return _HEAD(1, 0, _TEXT, len(told), 1) + b"".join([part for one in told for part in (_SIZE(len(one)), one)])
