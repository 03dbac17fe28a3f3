"""Holds the rows of the files in a scratch database on disk, so that 100,000 customers need little memory.

Filling it finds everything that can be wrong with one row, and keys that stand twice.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from torhaus.journeys.import_data.attachments import BadAttachment, look_at_logo, look_at_pdf
from torhaus.journeys.import_data.problems import Problem, Problems
from torhaus.journeys.import_data.reading import Found, SourceFile, read_rows
from torhaus.journeys.import_data.rows import Values, problems_of
from torhaus.journeys.import_data.tables import KEY_MARK, TABLES, Table

BATCH = 500
NEWS_EVERY = 1000
Progress = Callable[[str, int, int | None], None]
_SCHEMA = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
PRAGMA cache_size=-8000;
CREATE TABLE entry (id INTEGER PRIMARY KEY, tbl TEXT, space TEXT, key TEXT, file INT, line INT, lines TEXT,
                  data TEXT, given TEXT, touched INT DEFAULT 0);
CREATE UNIQUE INDEX entry_key ON entry (space, key);
CREATE INDEX entry_tbl ON entry (tbl, id);
CREATE TABLE effect (customer TEXT, deed TEXT, subject TEXT, fresh INT, changed INT, names TEXT,
                     PRIMARY KEY (customer, deed, subject)) WITHOUT ROWID;
"""


class Entry(NamedTuple):
    """A valid row: where it stands, what it says (as JSON has it), and which fields the file gave."""

    id: int
    file: int
    line: int
    lines: str
    data: Values
    given: frozenset[str]


class Staging:
    """The rows of some files, waiting to be compared and written."""

    def __init__(self, files: Sequence[SourceFile], *, progress: Progress) -> None:
        self.files = list(files)
        self.progress = progress
        self.problems = Problems()
        # An empty name is SQLite's own word for a private file that is deleted with the connection.
        self.db = sqlite3.connect("", isolation_level=None)
        self.db.executescript(_SCHEMA)

    def close(self) -> None:
        """Give the scratch database back."""
        self.db.close()

    def fill(self) -> None:
        """Read all files; what is wrong with single rows goes to ``problems``."""
        self.db.execute("BEGIN")
        read = 0
        for index, source in enumerate(self.files):
            try:
                for found in read_rows(source):
                    read += 1
                    if read % NEWS_EVERY == 0:
                        self.progress("read", read, None)
                    if found.problem:
                        self.say(index, found.line, found.table, found.field, found.problem)
                    else:
                        self._take(index, found)
            except OSError as error:
                self.say(index, 0, "", "", f"cannot be read: {error.strerror}")
        self.db.execute("COMMIT")
        self.progress("read", read, read)

    def say(self, file: int, line: int, table: str, field: str, message: str) -> None:
        """Note a problem at a place."""
        self.problems.add(Problem(self.files[file].name, line, table, field, message))

    def object_to(self, table: str, entry: Entry, field: str, message: str) -> None:
        """Note a problem of a row, on the line of the field where that is known."""
        lines: dict[str, int] = json.loads(entry.lines) if entry.lines else {}
        self.say(entry.file, lines.get(field.partition(".")[0], entry.line), table, field, message)

    def _take(self, file: int, found: Found) -> None:
        table = TABLES[found.table]
        data: Values | None = None
        try:
            row = table.row.model_validate(found.values)
        except ValidationError as error:
            for field, message in problems_of(error, table.row):
                self.say(file, found.lines.get(field.partition(".")[0], found.line), table.name, field, message)
        else:
            data = row.model_dump(mode="json")
            self._attach(file, found, table.name, data)
        key = self._key(table, data if data is not None else found.values)
        if key is None:
            return
        added = self.db.execute(
            "INSERT OR IGNORE INTO entry (tbl, space, key, file, line, lines, data, given) VALUES (?,?,?,?,?,?,?,?)",
            (
                table.name,
                table.keys_in,
                key,
                file,
                found.line,
                json.dumps(found.lines) if found.lines else "",
                json.dumps(data) if data is not None else None,
                ",".join(found.given),
            ),
        )
        if not added.rowcount:
            self._say_twice(file, found, table, key)

    def _attach(self, file: int, found: Found, table: str, data: Values) -> None:
        field, look = ("logo", look_at_logo) if table == "vendor" else ("pdf", look_at_pdf)
        name = data.get(field)
        if table not in {"vendor", "invoices"} or not name:
            return
        try:
            attachment = look(self.files[file].path.parent, name)
        except (BadAttachment, OSError) as error:
            message = str(error) if isinstance(error, BadAttachment) else f"cannot be read: {error.strerror}"
            self.say(file, found.lines.get(field, found.line), table, field, message)
            return
        data["attachment"] = [str(attachment.path), attachment.sha256, attachment.size, attachment.media_type]

    def _key(self, table: Table, values: Values) -> str | None:
        """Give the key of a row; of a faulty one too if it can be read, so that what refers to it is not blamed."""
        parts = [values.get(name, table.row.model_fields[name].default) for name in table.key]
        if all(isinstance(part, str | int) or part is None for part in parts):
            return KEY_MARK.join("" if part is None else str(part) for part in parts)
        return None

    def _say_twice(self, file: int, found: Found, table: Table, key: str) -> None:
        first = self.db.execute(
            "SELECT file, line FROM entry WHERE space = ? AND key = ?", (table.keys_in, key)
        ).fetchone()
        shown = " ".join(key.split(KEY_MARK)) or "the vendor"
        place = f"{self.files[first[0]].name}:{first[1]}"
        self.say(file, found.line, table.name, ".".join(table.key[:1]), f"{shown} stands already at {place}")

    def counts(self) -> dict[str, int]:
        """Give how many rows each table has."""
        return dict(self.db.execute("SELECT tbl, count(*) FROM entry WHERE data IS NOT NULL GROUP BY tbl"))

    def batches(self, table: str, *, touched: bool = False) -> Iterator[list[Entry]]:
        """Give the valid rows of a table (with ``touched`` only the marked ones) in batches, in the files' order."""
        last = 0
        wanted = "AND touched = 1" if touched else ""
        query = (
            "SELECT id, file, line, lines, data, given FROM entry"  # noqa: S608 - both texts are our own
            f" WHERE tbl = ? AND id > ? AND data IS NOT NULL {wanted} ORDER BY id LIMIT {BATCH}"
        )
        while rows := self.db.execute(query, (table, last)).fetchall():
            last = rows[-1][0]
            yield [
                Entry(number, file, line, lines, json.loads(data), frozenset(given.split(",")))
                for number, file, line, lines, data, given in rows
            ]

    def touch(self, entries: Sequence[Entry]) -> None:
        """Mark rows as those that change something."""
        self.db.executemany("UPDATE entry SET touched = 1 WHERE id = ?", [(entry.id,) for entry in entries])

    def find(self, space: str, keys: Sequence[str]) -> dict[str, Values | None]:
        """Give the rows of a space by key; a faulty row is there, but has no values."""
        found: dict[str, Values | None] = {}
        for start in range(0, len(keys), BATCH):
            some = keys[start : start + BATCH]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, tbl, data FROM entry WHERE space = ? AND key IN ({marks})"  # noqa: S608 - only marks
            for key, table, data in self.db.execute(query, (space, *some)):
                found[key] = {**json.loads(data), "table": table} if data is not None else None
        return found

    def note_effect(self, rows: Sequence[tuple[str, str, str, int, int, str]]) -> None:
        """Remember what a customer (number) will see: deed, subject, new and changed rows, and one name."""
        self.db.executemany(
            """INSERT INTO effect VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET fresh = fresh + excluded.fresh,
               changed = changed + excluded.changed""",
            rows,
        )

    def effects(self) -> Iterator[list[tuple[str, str, str, int, int, str]]]:
        """Give the remembered effects in batches, in order of customer."""
        cursor = self.db.execute("SELECT * FROM effect ORDER BY customer, deed, subject")
        while rows := cursor.fetchmany(BATCH):
            yield rows

    def folder_of(self, file: int) -> Path:
        """Give the folder a file lies in."""
        return self.files[file].path.parent


def nothing_to_tell(_phase: str, _done: int, _total: int | None) -> None:
    """Take news of the progress and keep it."""


def as_text(value: Any) -> str:
    """Give a value as a difference shows it."""
    if value is None or value == "" or value == {} or value == []:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
