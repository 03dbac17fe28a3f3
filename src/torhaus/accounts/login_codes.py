"""Codes by mail with which a person signs in once: asked for, given to somebody, used up (R12)."""

from datetime import timedelta

from django.db import transaction

from torhaus.accounts.models import LoginCode, User
from torhaus.accounts.queries import active_person
from torhaus.core import clock
from torhaus.core.link_codes import same_number
from torhaus.records.deeds import housekeeping, part

LIVES = timedelta(minutes=10)
TRIES = 5
# However often somebody asks, a mailbox gets no more codes than these.
MOST = ((timedelta(hours=1), 5), (timedelta(days=1), 15))
_KEEP = timedelta(days=2)


@housekeeping
def begin_login_code() -> str:
    """Note that somebody asks for a code, whoever it is; give its reference. Nobody's address is looked up (R7)."""
    now = clock.now()
    return LoginCode.objects.create(asked_at=now, expires_at=now + LIVES).ref


@part
def give_login_code(*, ref: str, user: User) -> LoginCode | None:
    """Make a code that was asked for that of ``user``, whose row is locked. None if it is over or the mailbox had enough."""
    now = clock.now()
    rows = LoginCode.objects.filter(user=user)
    if any(rows.filter(asked_at__gt=now - span).count() >= most for span, most in MOST):
        return None
    row = LoginCode.objects.select_for_update().filter(ref=ref, user__isnull=True, expires_at__gt=now).first()
    if row is not None:
        row.user = user
        row.save(update_fields=["user"])
    return row


@housekeeping
def use_login_code(*, ref: str, code: str) -> User | None:
    """Use a code up and give whose it is; None if it is wrong, over, used, tried too often, or nobody's.

    Each try is counted under the lock of the row, and costs the same whether the code is anybody's or not.
    """
    with transaction.atomic():
        row = LoginCode.objects.select_for_update().filter(ref=ref).first()
        right = same_number(ref, code)
        if row is None:
            return None
        now = clock.now()
        right = right and row.used_at is None and row.expires_at > now and row.tries < TRIES
        row.tries = min(row.tries + 1, TRIES)
        row.used_at = now if right else row.used_at
        row.save(update_fields=["tries", "used_at"])
    found = active_person(pk=row.user_id) if right and row.user_id else None
    return None if found is None or found.staff_role else found


@housekeeping
def forget_old_login_codes() -> int:
    """Delete codes that ended long ago. Give how many went."""
    return LoginCode.objects.filter(asked_at__lt=clock.now() - _KEEP).delete()[0]
