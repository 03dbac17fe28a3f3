"""Where SQLite looks up what searches of seats look for: by three letters at a time, as pg_trgm does on PostgreSQL.

Triggers keep the table (migration 0012), whoever writes seats. It knows letters and rows, not customers.
"""

from collections.abc import Sequence

from django.db import connection
from django_scopes import scopes_disabled

from torhaus.records.deeds import housekeeping
from torhaus.seats.models import Seat

TOKEN = 3  # characters, in which FTS5 keeps texts
SAMPLED = 50  # seats that were written last
_FOUND = """SELECT COUNT(*), json_group_array(rowid)
FROM (SELECT rowid FROM seats_sought WHERE seats_sought MATCH %(all)s LIMIT %(most)s + 1)"""
_FOUND_BY_FEWER = """SELECT COUNT(*), json_group_array(rowid)
FROM (SELECT rowid FROM seats_sought WHERE seats_sought MATCH CASE
    WHEN (SELECT COUNT(*) FROM (SELECT 1 FROM seats_sought WHERE seats_sought MATCH %(telling)s LIMIT %(most)s + 1))
        > %(most)s THEN %(all)s ELSE %(telling)s END
LIMIT %(most)s + 1)"""
_MERGE = "INSERT INTO seats_sought(seats_sought) VALUES ('optimize')"
_FOUND_AT = "SELECT rowid FROM seats_sought WHERE seats_sought MATCH %s AND rowid = %s"
# FTS5 keeps a row here for each row it knows; what it keeps of each is nothing that matters.
_MORE_OR_FEWER = "SELECT (SELECT COUNT(*) FROM seats_sought_docsize) <> (SELECT COUNT(*) FROM seats_seat)"
_REBUILD = "INSERT INTO seats_sought(seats_sought) VALUES ('rebuild')"


def looked_up(text: str, most: int) -> str | None:
    """Give the keys of all seats, of whichever customer, in whose folded text ``text`` may stand; elsewhere it does not.

    They are a JSON array, as SQLite takes many at once. None where there is nothing to look it up in, or where there
    are more than ``most``.
    """
    if connection.vendor != "sqlite" or len(text) < TOKEN:
        return None
    tokens = _tokens_of(text)
    # What holds a digit mostly tells one from others, and each token more is a list to be read. Only where that leaves
    # too many are all asked for.
    telling = [token for token in tokens if any(map(str.isdigit, token))]
    fewer = 0 < len(telling) < len(tokens)
    with connection.cursor() as cursor:
        values: dict[str, str | int] = {"all": _all_of(tokens), "telling": _all_of(telling), "most": most}
        cursor.execute(_FOUND_BY_FEWER if fewer else _FOUND, values)
        many, keys = cursor.fetchone()
    return str(keys) if many <= most else None


def _tokens_of(text: str) -> list[str]:
    """Give as few tokens as hold every letter of a text."""
    starts = dict.fromkeys([*range(0, len(text) - TOKEN, TOKEN), len(text) - TOKEN])
    return [text[at : at + TOKEN] for at in starts]


def _all_of(tokens: Sequence[str]) -> str:
    return " AND ".join('"{}"'.format(token.replace('"', '""')) for token in tokens)


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
            cursor.execute(_FOUND_AT, [_all_of(_tokens_of(text)), key]).fetchone()
            for key, text in newest
            if len(text) >= TOKEN
        )


@housekeeping
def look_up_anew() -> None:
    """Make what is looked up from the seats."""
    if connection.vendor == "sqlite":
        _tell(_REBUILD)


def _tell(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
