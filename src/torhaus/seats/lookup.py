"""Where SQLite looks up what searches of seats look for: by three letters at a time, as pg_trgm does on PostgreSQL.

Triggers keep the table (migration 0012), whoever writes seats. It knows letters and rows, not customers.
"""

from django.db import connection
from django_scopes import scopes_disabled

from torhaus.records.deeds import housekeeping
from torhaus.seats.models import Seat

TOKEN = 3  # characters, in which FTS5 keeps texts
SAMPLED = 50  # seats that were written last
_FOUND = "SELECT rowid FROM seats_sought WHERE seats_sought MATCH %s LIMIT %s"
_MERGE = "INSERT INTO seats_sought(seats_sought) VALUES ('optimize')"
_FOUND_AT = "SELECT rowid FROM seats_sought WHERE seats_sought MATCH %s AND rowid = %s"
# FTS5 keeps a row here for each row it knows; what it keeps of each is nothing that matters.
_MORE_OR_FEWER = "SELECT (SELECT COUNT(*) FROM seats_sought_docsize) <> (SELECT COUNT(*) FROM seats_seat)"
_REBUILD = "INSERT INTO seats_sought(seats_sought) VALUES ('rebuild')"


def looked_up(text: str, most: int) -> list[int] | None:
    """Give the keys of all seats, of whichever customer, in whose folded text ``text`` may stand; elsewhere it does not.

    None where there is nothing to look it up in, or where there are more than ``most``.
    """
    if connection.vendor != "sqlite" or len(text) < TOKEN:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [_tokens_of(text), most + 1])
        keys = [key for (key,) in cursor.fetchall()]
    return keys if len(keys) <= most else None


def _tokens_of(text: str) -> str:
    """Give as few tokens as hold every letter of a text: each that is asked for is a list to be read."""
    starts = dict.fromkeys([*range(0, len(text) - TOKEN, TOKEN), len(text) - TOKEN])
    tokens = [text[at : at + TOKEN].replace('"', '""') for at in starts]
    return " AND ".join(f'"{token}"' for token in tokens)


def forget_letters() -> None:
    """Leave nothing of what stands in no seat any more: until segments are merged, FTS5 only notes that it is gone."""
    # However little is erased: who is may have held seats that were released long ago.
    if connection.vendor == "sqlite":
        _tell(_MERGE)


def says_what_seats_say() -> bool:
    """Whether as many seats are known here as there are, and those that were assigned last are found by their texts.

    Without its triggers it would miss them. FTS5's own comparison would hold up whoever writes meanwhile.
    """
    if connection.vendor != "sqlite":
        return True
    with scopes_disabled():
        held = Seat.objects.filter(released_at__isnull=True).exclude(sought="")
        newest = list(held.order_by("-assigned_at").values_list("pk", "sought")[:SAMPLED])
    with connection.cursor() as cursor:
        cursor.execute(_MORE_OR_FEWER)
        return not cursor.fetchone()[0] and all(
            cursor.execute(_FOUND_AT, [_tokens_of(text), key]).fetchone() for key, text in newest if len(text) >= TOKEN
        )


@housekeeping
def look_up_anew() -> None:
    """Make what is looked up from the seats."""
    if connection.vendor == "sqlite":
        _tell(_REBUILD)


def _tell(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
