"""Where SQLite looks up what searches of seats look for: by three letters at a time, as pg_trgm does on PostgreSQL.

Triggers keep the table (migration 0012), whoever writes seats. It knows letters and rows, not customers.
"""

from django.db import DatabaseError, connection, transaction

from torhaus.records.deeds import housekeeping

TOKEN = 3  # characters, in which FTS5 keeps texts
_FOUND = "SELECT rowid FROM seats_sought WHERE seats_sought MATCH %s LIMIT %s"
_MERGE = "INSERT INTO seats_sought(seats_sought) VALUES ('optimize')"
_COMPARE = "INSERT INTO seats_sought(seats_sought, rank) VALUES ('integrity-check', 1)"
_REBUILD = "INSERT INTO seats_sought(seats_sought) VALUES ('rebuild')"


def looked_up(text: str, most: int) -> list[int] | None:
    """Give the keys of all seats, of whichever customer, in whose folded text ``text`` may stand; elsewhere it does not.

    None where there is nothing to look it up in, or where there are more than ``most``.
    """
    if connection.vendor != "sqlite" or len(text) < TOKEN:
        return None
    # As few tokens as hold every letter: each that is asked for is a list to be read.
    starts = dict.fromkeys([*range(0, len(text) - TOKEN, TOKEN), len(text) - TOKEN])
    tokens = [text[at : at + TOKEN].replace('"', '""') for at in starts]
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [" AND ".join(f'"{token}"' for token in tokens), most + 1])
        keys = [key for (key,) in cursor.fetchall()]
    return keys if len(keys) <= most else None


def forget_letters() -> None:
    """Leave nothing of what stands in no seat any more: until segments are merged, FTS5 only notes that it is gone."""
    if connection.vendor == "sqlite":
        _tell(_MERGE)


def says_what_seats_say() -> bool:
    """Whether what is looked up stands in the seats, and all of it: somebody may have written past the triggers."""
    if connection.vendor != "sqlite":
        return True
    try:
        with transaction.atomic():
            _tell(_COMPARE)
    except DatabaseError:
        return False
    return True


@housekeeping
def look_up_anew() -> None:
    """Make what is looked up from the seats."""
    if connection.vendor == "sqlite":
        _tell(_REBUILD)


def _tell(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
