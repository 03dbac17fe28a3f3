"""Where a person is signed in: listed with device and address, ended one by one or all others (R19, R17)."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from torhaus.accounts.models import LoginCode, OpenSession, User
from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, housekeeping, nothing_done, part, write_record

_AGENT = 300  # characters of what a browser calls itself
_KEEP = timedelta(days=31)


class UnknownSession(Exception):
    """The person has no such session, or not any more."""


@housekeeping
def note_session(*, user: User, key: str, address: str, agent: str, factor: str) -> None:
    """Note that a session of ``user`` begins."""
    now = clock.now()
    values = {"user": user, "address": address, "agent": agent[:_AGENT], "factor": factor}
    OpenSession.objects.update_or_create(key=key, defaults=values | {"began_at": now, "seen_at": now})


@housekeeping
def note_session_use(*, key: str, address: str) -> None:
    """Note that a session was used just now, and from where."""
    OpenSession.objects.filter(key=key).update(seen_at=clock.now(), address=address)


@housekeeping
def rename_session(*, old: str, key: str, factor: str) -> None:
    """Note that a session goes on under another key, after whoever has it proved ``factor``."""
    OpenSession.objects.filter(key=old).update(key=key, factor=factor)


@housekeeping
def forget_session(*, key: str) -> None:
    """Forget a session that ended."""
    OpenSession.objects.filter(key=key).delete()


@housekeeping
def forget_old_sessions() -> int:
    """Forget sessions that are long over. Give how many."""
    return OpenSession.objects.filter(seen_at__lt=clock.now() - _KEEP).delete()[0]


def sessions_of(user: User, *, idle_seconds: int, absolute_seconds: int) -> QuerySet[OpenSession]:
    """Give the sessions that are open now, the last used first."""
    now = clock.now()
    within = Q(
        seen_at__gt=now - timedelta(seconds=idle_seconds), began_at__gt=now - timedelta(seconds=absolute_seconds)
    )
    living = Session.objects.filter(expire_date__gt=now).values("session_key")
    return OpenSession.objects.filter(within, user=user, key__in=living).order_by("-seen_at", "-pk")


@part
def end_sessions_of(*, user: User, keep: str = "") -> int:
    """End every session of ``user`` but the one under the key ``keep``, and codes on their way. Give how many ended."""
    now = clock.now()
    LoginCode.objects.filter(user=user, used_at=None, expires_at__gt=now).update(expires_at=now)
    keys = list(OpenSession.objects.filter(user=user).exclude(key=keep).values_list("key", flat=True))
    OpenSession.objects.filter(key__in=keys).delete()
    return Session.objects.filter(session_key__in=keys).delete()[0]


@deed("end_own_session")
def end_own_session(*, user: User, ref: str, customer_ref: str, by: Actor) -> None:
    """End one session of ``user``; its next request finds nobody signed in.

    Raises:
        UnknownSession: there is none, or it ended already.
    """
    row = OpenSession.objects.select_for_update().filter(user=user, ref=ref).first()
    if row is None:
        raise UnknownSession
    Session.objects.filter(session_key=row.key).delete()
    row.delete()
    write_record(by=by, customer_ref=customer_ref, subject=("user", user.ref), after={"session": ref})


@deed("end_other_sessions")
def end_other_sessions(*, user: User, keep: str, customer_ref: str, by: Actor) -> int:
    """End every session of ``user`` but the one that asks. Give how many ended."""
    count = end_sessions_of(user=user, keep=keep)
    if count:
        write_record(by=by, customer_ref=customer_ref, subject=("user", user.ref), after={"sessions": count})
    else:
        nothing_done()
    return count
