"""All that is stored, row by row, so that a test can look for a person in everything and see what else changed."""

import re
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection


def everything() -> dict[str, list[str]]:
    """Every row of every table as text, and every stored file by its path."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            rows = [" | ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in cursor]
            found[table] = sorted(rows)
    folder = Path(settings.DATA_DIR) / "files"
    paths = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    found["files"] = [f"{path.name} | {path.read_bytes()!r}" for path in paths]
    return found


def traces(*words: str) -> dict[str, list[str]]:
    """Where any of the words stands, in any case and as part of an address of a link, too: rows by table."""
    spelled = sorted({re.escape(one) for word in words for one in (word, quote(word, safe=""))})
    wanted = re.compile(rf"(?<![\w.])(?:{'|'.join(spelled)})", re.IGNORECASE)
    return {
        table: hits for table, rows in everything().items() if (hits := [row for row in rows if wanted.search(row)])
    }
