"""Whether what the portal needs is there."""

import logging

from django.db import DatabaseError, connection

_log = logging.getLogger(__name__)


def database_answers() -> bool:
    """Whether the database answers a question now."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError as error:
        _log.warning("database unavailable: %s", error)
        return False
