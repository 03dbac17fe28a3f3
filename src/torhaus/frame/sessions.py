"""Beginning and ending sessions: a new id at every sign-in, nothing left after sign-out."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth import login, logout
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.frame.viewers import CURRENT, UNLOCKED, USED_BEFORE, unlocked_contracts

_log = logging.getLogger(__name__)


def note_use(request: HttpRequest) -> None:
    """Note that the session is in use, if the database takes it now.

    On SQLite a long import holds the one writer. A page that only reads must neither wait for it nor fail.
    """
    session = request.session
    session["seen_at"] = clock.now().timestamp()
    try:
        with _impatient():
            session.save()
    except UpdateError as error:
        if not isinstance(error.__context__, OperationalError):
            return  # ended elsewhere a moment ago: the answer says so when it saves
        _log.warning("a session's use was not noted: the database is busy")
    session.modified = False


@contextmanager
def _impatient() -> Iterator[None]:
    """Wait for SQLite's writer no longer than 50 ms."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual = cursor.fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 50")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual)}")


def begin(request: HttpRequest) -> None:
    """Start the limits of a session, under a new id and with a new form token (R13)."""
    request.session.cycle_key()
    rotate_token(request)
    now = clock.now().timestamp()
    request.session.setdefault("started_at", now)
    request.session["seen_at"] = now


def unlock(request: HttpRequest, *, contract_ref: str, public_id: str, used_before: datetime | None) -> None:
    """Let the session into a contract, beside those it already holds, and make it the current one."""
    session = request.session
    begin(request)
    session[UNLOCKED] = session.get(UNLOCKED, {}) | {contract_ref: public_id}
    session[USED_BEFORE] = session.get(USED_BEFORE, {}) | {public_id: used_before.isoformat() if used_before else ""}
    session[CURRENT] = contract_ref


def begin_person(request: HttpRequest, user: User) -> None:
    """Begin a person's session, under a new id: whatever the old one held, a token's portal too, ends (R13)."""
    request.session.flush()
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    begin(request)


def exchange_token(request: HttpRequest, *, contract_ref: str, public_id: str) -> None:
    """Let the session go on with another token of a contract it holds, under a new id.

    The form token stays, so that a form sent again by a reload is answered by its page and not refused unread.
    """
    session = request.session
    session.cycle_key()
    session[UNLOCKED] = session.get(UNLOCKED, {}) | {contract_ref: public_id}


def switch(request: HttpRequest, contract_ref: str) -> bool:
    """Make another contract the current one; False if neither the session nor the person holds it."""
    if request.user.is_authenticated:
        if contract_ref not in {one.ref for one in unlocked_contracts(request)}:
            return False
    elif contract_ref not in request.session.get(UNLOCKED, {}):
        return False
    request.session[CURRENT] = contract_ref
    return True


def end(request: HttpRequest) -> None:
    """End the session on the server; the cookie goes with the answer (R15)."""
    logout(request)
