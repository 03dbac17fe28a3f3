"""Second factors of people: an authenticator app (TOTP), passkeys, and recovery codes.

The rows are allauth's, with secrets encrypted by ``factor_adapter.py``. What was used once is used up under the lock
of its row, so that of two parallel submissions one succeeds (R10), on any number of servers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction

from torhaus.accounts.models import User
from torhaus.accounts.open_sessions import end_sessions_of
from torhaus.core import clock
from torhaus.records.deeds import housekeeping, part

PERIOD = 30  # seconds a code of an app is shown
TOLERANCE = 1  # codes before and after, for clocks that differ (RFC 6238, 5.2)
MOST_PASSKEYS = 10
# So many wrong codes in a row are taken of an app (NIST SP 800-63B-4, 3.2.2), and none for so long afterwards.
MOST_WRONG, PAUSE = 100, timedelta(hours=24)
_TOTP, _CODES, _PASSKEY = "totp", "recovery_codes", "webauthn"


class WrongCode(Exception):
    """The code is not the one the app shows now, or it was used already."""


class AlreadyOn(Exception):
    """The person has an authenticator app already."""


class UnknownFactor(Exception):
    """The person has no such factor, or not any more."""


class LastFactor(Exception):
    """The person needs a second factor, and this is the last one."""


class LastPasskey(Exception):
    """The person signs in by nothing but passkeys, and this is the last one."""


class NoFactor(Exception):
    """Recovery codes stand in for a second factor; without one there is nothing to recover."""


class TooManyPasskeys(Exception):
    """The person has as many passkeys as one may have."""


@dataclass(frozen=True)
class Passkey:
    """A passkey as shown to its person."""

    ref: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Proved:
    """What a code proved: ``totp``, ``recovery``, or nothing. ``paused_until``: codes of the app are not looked at so long.

    ``paused_now``: this was the wrong one too many.
    """

    factor: str
    paused_until: datetime | None = None
    paused_now: bool = False


@dataclass(frozen=True)
class Factors:
    """What a person has."""

    totp_since: datetime | None
    passkeys: list[Passkey]
    codes_left: int

    @property
    def some(self) -> bool:
        """Whether there is a second factor."""
        return self.totp_since is not None or bool(self.passkeys)


def new_totp_secret() -> str:
    """Give a fresh secret of 160 bits, in base32 as apps take it (RFC 4226, 4)."""
    return str(generate_totp_secret())


def has_second_factor(user: User) -> bool:
    """Whether a password alone does not let this person in."""
    return bool(Authenticator.objects.filter(user=user, type__in=(_TOTP, _PASSKEY)).exists())


def people_with_passkeys(people: Iterable[int]) -> set[int]:
    """Give which of ``people`` (their primary keys) have a passkey."""
    rows = Authenticator.objects.filter(user_id__in=list(people), type=_PASSKEY)
    return set(rows.values_list("user_id", flat=True))


def factors_of(user: User) -> Factors:
    """Give what the person has, the oldest passkey first."""
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    totp = next((row.created_at for row in rows if row.type == _TOTP), None)
    passkeys = [Passkey(r.pk, r.data["name"], r.created_at, r.last_used_at) for r in rows if r.type == _PASSKEY]
    codes = next((row for row in rows if row.type == _CODES), None)
    return Factors(totp, passkeys, len(RecoveryCodes(codes).get_unused_codes()) if codes else 0)


@part
def add_totp(*, user: User, secret: str, code: str) -> list[str]:
    """Take an authenticator app that knows ``secret`` and shows ``code`` now; give recovery codes if they are new.

    Raises:
        AlreadyOn: there is one.
        WrongCode: the app shows another code.
    """
    lock_factors(user)
    if Authenticator.objects.filter(user=user, type=_TOTP).exists():
        raise AlreadyOn
    step = _step_of(secret, code, after=0)
    if not step:
        raise WrongCode
    row = TOTP.activate(user, secret).instance
    row.data["step"] = step
    row.save(update_fields=["data"])
    return _first_codes(user)


@part
def forget_totp(*, user: User, needed: bool) -> None:
    """Forget the authenticator app. With the last factor the recovery codes go, too.

    Raises:
        UnknownFactor: there is none.
        LastFactor: it is the last factor of somebody who needs one.
    """
    lock_factors(user)
    _remove(user, Authenticator.objects.filter(user=user, type=_TOTP).first(), needed=needed)


@part
def keep_passkey(*, user: User, name: str, credential: dict[str, Any]) -> tuple[int, list[str]]:
    """Keep a passkey of a locked person whose registration was verified; give its reference, and recovery codes if new.

    Raises:
        TooManyPasskeys: there are enough.
    """
    if Authenticator.objects.filter(user=user, type=_PASSKEY).count() >= MOST_PASSKEYS:
        raise TooManyPasskeys
    row = WebAuthn.add(user, name, credential).instance
    return row.pk, _first_codes(user)


@part
def forget_passkey(*, user: User, ref: int, needed: bool, only_way: bool = False) -> str:
    """Forget a passkey and give its name. With the last factor the recovery codes go, too.

    ``only_way``: nothing else lets the person in.

    Raises:
        UnknownFactor: there is no such passkey.
        LastFactor: it is the last factor of somebody who needs one.
        LastPasskey: it is the last passkey of somebody who signs in by nothing else.
    """
    lock_factors(user)
    passkeys = Authenticator.objects.filter(user=user, type=_PASSKEY)
    row = passkeys.filter(pk=ref).first()
    if only_way and row is not None and not passkeys.exclude(pk=ref).exists():
        raise LastPasskey
    name = str(row.data["name"]) if row is not None else ""
    _remove(user, row, needed=needed)
    return name


@part
def replace_codes(*, user: User) -> list[str]:
    """Give new recovery codes; the old ones work no more.

    Raises:
        NoFactor: there is nothing they would stand in for.
    """
    lock_factors(user)
    if not has_second_factor(user):
        raise NoFactor
    Authenticator.objects.filter(user=user, type=_CODES).delete()
    return _first_codes(user)


@part
def forget_factors(*, user: User) -> int:
    """Forget all factors of somebody who lost them, and end their sessions. Give how many factors there were.

    Raises:
        UnknownFactor: there is none.
    """
    lock_factors(user)
    rows = Authenticator.objects.filter(user=user)
    count = int(rows.exclude(type=_CODES).count())
    if not count:
        raise UnknownFactor
    rows.delete()
    end_sessions_of(user=user)
    return count


@housekeeping
def accept_code(*, user: User, code: str) -> Proved:
    """Use up a code of the app or a recovery code, and say which it was; count a wrong one against the app.

    After MOST_WRONG in a row the codes of the app are not looked at for a day: whoever tries knows the password, and
    would find one of a million in some years. Recovery codes and passkeys go on, so nobody is kept out by others.
    """
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=user, type__in=(_TOTP, _CODES))
        found = {row.type: row for row in rows.order_by("pk")}
        totp, codes = found.get(_TOTP), found.get(_CODES)
        until = _paused_until(totp)
        step = (
            0 if totp is None or until else _step_of(decrypt(totp.data["secret"]), code, after=totp.data.get("step", 0))
        )
        if totp is not None and step:
            totp.data |= {"step": step, "wrong": 0}
            totp.last_used_at = clock.now()
            totp.save(update_fields=["data", "last_used_at"])
            return Proved(_TOTP)
        if codes is not None and RecoveryCodes(codes).validate_code(code):
            return Proved("recovery")
        return _wrong(totp) if totp is not None and until is None else Proved("", until)


def _paused_until(totp: Authenticator | None) -> datetime | None:
    """Give until when the codes of an app are not looked at; None if they are."""
    seconds = totp.data.get("paused_until", 0) if totp is not None else 0
    until = datetime.fromtimestamp(seconds, UTC)
    return until if until > clock.now() else None


def _wrong(totp: Authenticator) -> Proved:
    wrong = totp.data.get("wrong", 0) + 1
    until = clock.now() + PAUSE if wrong >= MOST_WRONG else None
    totp.data |= {"wrong": 0, "paused_until": until.timestamp()} if until else {"wrong": wrong}
    totp.save(update_fields=["data"])
    return Proved("", until, paused_now=until is not None)


@housekeeping
def note_passkey_use(*, authenticator: Authenticator) -> None:
    """Note when a passkey was used last."""
    Authenticator.objects.filter(pk=authenticator.pk).update(last_used_at=clock.now())


@part
def lock_factors(user: User) -> None:
    """Let the factors of one person change one after another."""
    User.objects.select_for_update().get(pk=user.pk)


def _remove(user: User, row: Authenticator | None, *, needed: bool) -> None:
    if row is None:
        raise UnknownFactor
    others = Authenticator.objects.filter(user=user, type__in=(_TOTP, _PASSKEY)).exclude(pk=row.pk)
    if not others.exists():
        if needed:
            raise LastFactor
        Authenticator.objects.filter(user=user, type=_CODES).delete()
    row.delete()


def _first_codes(user: User) -> list[str]:
    """Make recovery codes where there are none; give them, or nothing."""
    if Authenticator.objects.filter(user=user, type=_CODES).exists():
        return []
    return [f"{code[:5]} {code[5:]}" for code in RecoveryCodes.activate(user).generate_codes()]


def _step_of(secret: str, code: str, *, after: int) -> int:
    """Give the time step (RFC 6238) whose code this is, if it is near and later than ``after``; else 0."""
    now = int(clock.now().timestamp()) // PERIOD
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        if step > after and compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return 0
