"""Beginning and ending sessions: a new id at every sign-in, nothing left after sign-out."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare

from torhaus.accounts.models import User
from torhaus.accounts.open_sessions import forget_session, note_session, note_session_use, rename_session
from torhaus.accounts.queries import active_person
from torhaus.core import clock
from torhaus.frame.addresses import client_address
from torhaus.frame.passkey_links import keep_links, links_in
from torhaus.frame.signed import FACTOR, METHOD, PAUSE, longest_pause
from torhaus.frame.viewers import CURRENT, UNLOCKED, USED_BEFORE, unlocked_contracts
from torhaus.organisations.rules import PASSWORD

# When the session's person last proved who they are.
CONFIRMED = "confirmed_at"
# Who gave the right password and owes the second factor.
PENDING, PENDING_SECONDS = "pending", 600
_log = logging.getLogger(__name__)


def note_use(request: HttpRequest) -> None:
    """Note that the session is in use, if the database takes it now.

    On SQLite a long import holds the one writer. A page that only reads must neither wait for it nor fail.
    """
    session = request.session
    session[PAUSE] = longest_pause(session)
    session["seen_at"] = clock.now().timestamp()
    try:
        with _impatient():
            session.save()
            if request.user.is_authenticated:
                note_session_use(key=session.session_key or "", address=client_address(request))
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


def begin_person(request: HttpRequest, user: User, *, factor: str = "", method: str = PASSWORD) -> None:
    """Begin a person's session, under a new id: whatever the old one held, a token's portal too, ends (R13)."""
    session = request.session
    links = links_in(session)
    forget_session(key=session.session_key or "")
    session.flush()
    keep_links(session, links)  # whosever they are: who uses one is asked for then
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    begin(request)
    session[METHOD], session[FACTOR], session[CONFIRMED] = method, factor, clock.now().timestamp()
    note_session(
        user=user,
        key=session.session_key or "",
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
        factor=factor,
    )


def begin_pending(request: HttpRequest, user: User, *, target: str, method: str = PASSWORD) -> None:
    """Remember who passed the first step, by what, for the page that asks for the second; nobody is signed in yet."""
    links = links_in(request.session)
    request.session.flush()
    keep_links(request.session, links)
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": clock.now().timestamp(),
        "next": target,
        "method": method,
    }


def pending_person(request: HttpRequest) -> tuple[User | None, str]:
    """Give who owes the second factor in this session, and where they want to go; None after ten minutes."""
    held = request.session.get(PENDING)
    if not held or not 0 <= clock.now().timestamp() - held["at"] + 120 < PENDING_SECONDS + 120:
        return None, ""
    user = active_person(pk=held["user"])
    if user is None or not constant_time_compare(held["hash"], user.get_session_auth_hash()):
        return None, ""
    return user, held["next"]


def pending_method(request: HttpRequest) -> str:
    """Give by what the first step was passed that :func:`pending_person` tells of."""
    return str(request.session.get(PENDING, {}).get("method", PASSWORD))


def confirm(request: HttpRequest, *, factor: str = "") -> None:
    """Note that the person proved who they are just now; the session goes on under a new id (R13)."""
    session = request.session
    old = session.session_key or ""
    session.cycle_key()
    session[CONFIRMED] = clock.now().timestamp()
    session[FACTOR] = factor or session.get(FACTOR, "")
    rename_session(old=old, key=session.session_key or "", factor=session[FACTOR])


def keep_after_password(request: HttpRequest, user: User) -> None:
    """Let the session of whoever changed their password go on, under a new id."""
    old = request.session.session_key or ""
    update_session_auth_hash(request, user)
    rename_session(old=old, key=request.session.session_key or "", factor=request.session.get(FACTOR, ""))


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
    forget_session(key=request.session.session_key or "")
    logout(request)
