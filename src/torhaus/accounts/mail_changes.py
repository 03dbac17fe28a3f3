"""Another address to sign in with: asked for, proved by a code that was mailed to it (R12), set."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from torhaus.accounts.erasure_requests import open_request_by
from torhaus.accounts.models import MailChange, PasswordReset, User
from torhaus.accounts.open_sessions import end_sessions_of
from torhaus.core import clock
from torhaus.core.link_codes import same_number
from torhaus.records.deeds import housekeeping, part

LIVES = timedelta(minutes=10)
TRIES = 5
# However often somebody asks, neither they nor a mailbox get more codes than these.
MOST = ((timedelta(hours=1), 3), (timedelta(days=1), 10))
_KEEP = timedelta(days=2)


class SameMail(Exception):
    """It is the address that the person has."""


class AskedTooOften(Exception):
    """The person or the mailbox had enough codes for now."""


class ErasureOpen(Exception):
    """The person asked to be erased under the address up to now; that has to be done or taken back first."""


class WrongCode(Exception):
    """It is another code, or it was used, tried too often, or is older than ten minutes."""


class MailTaken(Exception):
    """Somebody else got this address in between."""


@part
def add_mail_change(*, user: User, mail: str) -> MailChange:
    """Note that ``user`` wants to sign in with ``mail``; what they asked for before is over.

    Raises:
        SameMail: they do already.
        ErasureOpen: they asked to be erased.
        AskedTooOften: there were too many codes for now.
    """
    row, mail, now = User.objects.select_for_update().get(pk=user.pk), mail.strip().lower(), clock.now()
    if row.mail == mail:
        raise SameMail
    if open_request_by(row):
        raise ErasureOpen
    own, same = MailChange.objects.filter(user=row), MailChange.objects.filter(mail=mail)
    if any(rows.filter(asked_at__gt=now - span).count() >= most for rows in (own, same) for span, most in MOST):
        raise AskedTooOften
    own.filter(expires_at__gt=now).update(expires_at=now)
    return MailChange.objects.create(user=row, mail=mail, asked_at=now, expires_at=now + LIVES)


def open_mail_change(user: User) -> MailChange | None:
    """Give the address that waits for its code."""
    return MailChange.objects.filter(user=user, used_at=None, expires_at__gt=clock.now(), tries__lt=TRIES).first()


@housekeeping
def count_try(change: MailChange) -> None:
    """Count a try at the code before it is looked at, so that of many at once no more than :data:`TRIES` count.

    Raises:
        WrongCode: none was left.
    """
    rows = MailChange.objects.filter(pk=change.pk, used_at=None, tries__lt=TRIES)
    if not rows.update(tries=F("tries") + 1):
        raise WrongCode


@part
def use_mail_change(*, user: User, ref: str, code: str, keep: str) -> tuple[User, str]:
    """Set the address; sessions but the one under ``keep`` end, and with them what is on its way to the old mailbox.

    Give the person anew, and the address up to now.

    Raises:
        WrongCode: the code does not fit, or is over.
        ErasureOpen: they asked to be erased in between.
        MailTaken: somebody else has the address by now.
    """
    row, now = User.objects.select_for_update().get(pk=user.pk), clock.now()
    change = MailChange.objects.filter(user=row, ref=ref, used_at=None, expires_at__gt=now).first()
    if change is None or not same_number(ref, code):
        raise WrongCode
    if open_request_by(row):
        raise ErasureOpen
    before, row.mail = row.mail, change.mail
    try:
        with transaction.atomic():
            row.save(update_fields=["mail"])
    except IntegrityError as error:
        raise MailTaken from error
    MailChange.objects.filter(pk=change.pk).update(used_at=now, before=before)
    PasswordReset.objects.filter(user=row, used_at=None, expires_at__gt=now).update(expires_at=now)
    end_sessions_of(user=row, keep=keep)
    return row, before


def former_addresses(user: User) -> list[str]:
    """Give the addresses the person had before, as far as nobody else has them by now."""
    rows = MailChange.objects.filter(user=user).exclude(before="").exclude(before__in=User.objects.values("mail"))
    return sorted(set(rows.values_list("before", flat=True)))


@housekeeping
def forget_old_mail_changes() -> int:
    """Delete what was asked for long ago and came to nothing. Give how much went."""
    return MailChange.objects.filter(used_at=None, asked_at__lt=clock.now() - _KEEP).delete()[0]
