"""Single-use links by which a person sets a new password: made, found, used up."""

from datetime import timedelta

from torhaus.accounts.models import PasswordReset, User
from torhaus.core import clock
from torhaus.core.link_codes import same_code
from torhaus.records.deeds import housekeeping, part

LIVES = timedelta(minutes=60)
# However often somebody asks, a mailbox gets no more links than these.
MOST = ((timedelta(hours=1), 3), (timedelta(days=1), 10))
_KEEP = timedelta(days=30)


class LinkOver(Exception):
    """The link was used, or another one of the same person, or it has expired."""


@part
def add_password_reset(*, user: User) -> PasswordReset | None:
    """Make a link for a locked person. None if the mailbox had enough.

    The older ones go on until one is used: anybody may ask for a link, and must not end one that is on its way.
    """
    now = clock.now()
    rows = PasswordReset.objects.filter(user=user)
    if any(rows.filter(asked_at__gt=now - span).count() >= most for span, most in MOST):
        return None
    return PasswordReset.objects.create(user=user, asked_at=now, expires_at=now + LIVES)


@part
def use_password_reset(*, ref: str) -> User:
    """Use a link up, and with it all others of its person, whose row is locked and given.

    Raises:
        LinkOver: it works no more.
    """
    reset = open_password_reset(ref)
    if reset is None:
        raise LinkOver
    user = User.objects.select_for_update().get(pk=reset.user_id)
    now = clock.now()
    open_ones = PasswordReset.objects.filter(user=user, used_at__isnull=True, expires_at__gt=now)
    if not open_ones.filter(pk=reset.pk).update(used_at=now):
        raise LinkOver
    open_ones.update(expires_at=now)
    return user


@housekeeping
def forget_old_password_resets() -> int:
    """Delete links that ended long ago. Give how many went."""
    return PasswordReset.objects.filter(asked_at__lt=clock.now() - _KEEP).delete()[0]


def open_password_reset(ref: str) -> PasswordReset | None:
    """Find a link that works now, of a person who may come in."""
    rows = PasswordReset.objects.select_related("user").filter(user__is_active=True, user__staff_role="")
    return rows.filter(ref=ref, used_at__isnull=True, expires_at__gt=clock.now()).first()


def newest_password_reset(mail: str) -> str:
    """Give the reference of the link that was sent last to a mailbox; empty if there is none."""
    rows = PasswordReset.objects.filter(user__mail=mail.strip().lower()).order_by("-pk")
    return rows.values_list("ref", flat=True).first() or ""


def password_reset_for_code(ref: str, code: str) -> PasswordReset | None:
    """Find the working link whose code this is; an unknown one costs the same as a wrong code."""
    row = open_password_reset(ref)
    return row if same_code(ref, code) else None
