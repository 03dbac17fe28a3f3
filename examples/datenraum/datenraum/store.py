"""What the product keeps: boxes and files, owned by seats, and how far it has read the portal's feed."""

import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from torhaus_sdk.account import SeatEvent, SeatReport

TABLES = """
CREATE TABLE IF NOT EXISTS box (id INTEGER PRIMARY KEY, seat TEXT NOT NULL, title TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS invited (box INTEGER NOT NULL REFERENCES box ON DELETE CASCADE, seat TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file (
    box INTEGER NOT NULL REFERENCES box ON DELETE CASCADE, seat TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS factor (seat TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS session (key TEXT PRIMARY KEY, seat TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS feed (one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER NOT NULL);
INSERT OR IGNORE INTO feed VALUES (1, 0);
"""


class Store:
    """Boxes by the seat that owns them."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(path)
        self._rows.execute("PRAGMA foreign_keys = ON")
        self._rows.executescript(TABLES)

    def add_box(self, seat: str, title: str) -> int:
        """Add a box that a seat owns; gives its number."""
        with self._rows:
            return int(self._rows.execute("INSERT INTO box (seat, title) VALUES (?, ?)", (seat, title)).lastrowid or 0)

    def invite(self, box: int, seat: str) -> None:
        """Let another seat use a box; it does not own it."""
        with self._rows:
            self._rows.execute("INSERT INTO invited VALUES (?, ?)", (box, seat))

    def add_file(self, box: int, seat: str, name: str, size: int) -> None:
        """Add a file of whoever uploads it; it lies in the box and counts for the box's owner."""
        with self._rows:
            self._rows.execute("INSERT INTO file VALUES (?, ?, ?, ?)", (box, seat, name, size))

    def boxes(self) -> list[tuple[int, str, str, int]]:
        """Give number, owner, title and size of every box."""
        query = "SELECT id, box.seat, title, COALESCE(SUM(bytes), 0) FROM box LEFT JOIN file ON box = id GROUP BY id"
        return list(self._rows.execute(query))

    def files(self) -> list[tuple[int, str, str]]:
        """Give box, uploader and name of every file."""
        return list(self._rows.execute("SELECT box, seat, name FROM file ORDER BY rowid"))

    def storage(self, seats: Iterable[str]) -> list[SeatReport]:
        """Give for the portal what each seat owns, and what others own and share with it (B100)."""
        owned: dict[str, int] = {}
        shared: dict[str, int] = {}
        sizes: dict[int, int] = {}
        for box, seat, _, size in self.boxes():
            owned[seat], sizes[box] = owned.get(seat, 0) + size, size
        for box, seat in self._rows.execute("SELECT DISTINCT box, seat FROM invited"):
            shared[seat] = shared.get(seat, 0) + sizes[box]
        return [SeatReport(one, owned_bytes=owned.get(one, 0), invited_bytes=shared.get(one, 0)) for one in seats]

    def add_factor(self, seat: str) -> None:
        """Ask the holder of a seat for a second factor from now on."""
        with self._rows:
            self._rows.execute("INSERT OR IGNORE INTO factor VALUES (?)", (seat,))

    def factors(self) -> set[str]:
        """Give the seats whose holders have a second factor."""
        return {seat for (seat,) in self._rows.execute("SELECT seat FROM factor")}

    def begin_session(self, seat: str) -> str:
        """Sign the holder of a seat in; gives the key for the cookie."""
        key = secrets.token_urlsafe(24)
        with self._rows:
            self._rows.execute("INSERT INTO session VALUES (?, ?)", (key, seat))
        return key

    def seat_of(self, key: str) -> str:
        """Give the seat of whoever is signed in with a key; nothing for nobody."""
        found = self._rows.execute("SELECT seat FROM session WHERE key = ?", (key,)).fetchone()
        return found[0] if found else ""

    def end_sessions(self, seat: str) -> None:
        """Sign the holder of a seat out everywhere."""
        with self._rows:
            self._rows.execute("DELETE FROM session WHERE seat = ?", (seat,))

    @property
    def cursor(self) -> int:
        """How far the feed was read."""
        return int(self._rows.execute("SELECT cursor FROM feed").fetchone()[0])

    def apply(self, events: Iterable[SeatEvent], cursor: int) -> None:
        """Do what the events say, and remember that in the same transaction."""
        with self._rows:
            for event in events:
                if event.deletes:
                    self._rows.executemany("DELETE FROM box WHERE seat = ?", [(seat,) for seat in event.seats])
                freed = event.deed in {"release_seat", "end_temporary_seat"}
                if freed:
                    self._rows.executemany("DELETE FROM invited WHERE seat = ?", [(seat,) for seat in event.seats])
                if freed or event.deed == "reassign_seat":  # B88: whoever had the seat is out
                    self._rows.executemany("DELETE FROM session WHERE seat = ?", [(seat,) for seat in event.seats])
                if freed or event.deed == "remove_second_factor":
                    self._rows.executemany("DELETE FROM factor WHERE seat = ?", [(seat,) for seat in event.seats])
            self._rows.execute("UPDATE feed SET cursor = ?", (cursor,))
