"""Rules of offline licences: whether one is issued, what it grants, how long its file lives. Pure."""

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from torhaus.subscriptions.rules import Standing, Status, plus_days
from torhaus_sdk.licence import AfterGrace, Enforcement, Licence

FILE_DAYS = 30
# A product whose clock is slow takes a file that was issued just now.
CLOCKS_DIFFER = timedelta(hours=1)
SOON = timedelta(days=7)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
# Of the file, not of what it grants; a name may be corrected without a new file. For which machine it is stands in
# ``bind``, too, which the digest has as empty.
_TIMES = frozenset({"iss", "jti", "iat", "nbf", "exp", "seq", "ver", "tok", "machine"})

_LEFT_OUT_AS = {"enforcement": Enforcement.BLOCK.value, "after_grace": AfterGrace.READ_ONLY.value}


class Refusal(StrEnum):
    """Why no offline licence is issued."""

    UPCOMING = "upcoming"
    SUSPENDED = "suspended"
    ENDED = "ended"
    EMPTY = "empty"
    WITHHELD = "withheld"
    MACHINE = "machine"
    MACHINE_UNKNOWN = "machine_unknown"


def end_of(day: date, zone: str) -> datetime:
    """Give the instant at which ``day`` is over at the vendor's: the next midnight there, in UTC."""
    if day >= date(9999, 12, 30):
        return LAST
    midnight = datetime.combine(plus_days(day, 1), time(0), ZoneInfo(zone)).astimezone(UTC)
    return max(midnight, FIRST)


def start_of(day: date, zone: str) -> datetime:
    """Give the instant at which ``day`` begins at the vendor's, in UTC."""
    return FIRST if day <= date(1970, 1, 2) else end_of(plus_days(day, -1), zone)


def later(moment: datetime, days: int) -> datetime:
    """Give ``moment`` moved by ``days``, held within the calendar."""
    try:
        return min(moment + timedelta(days=days), LAST)
    except OverflowError:
        return LAST


def refusal(
    stands: Standing,
    *,
    suspended: bool,
    ends_at: datetime | None,
    grace_days: int,
    now: datetime,
    fallback: bool = False,
) -> Refusal | None:
    """Give why the contract gets no file now, or None; after its end it gets one until its grace is over.

    With a ``fallback`` it gets one for ever: for the versions that were published before its end.
    """
    if suspended:
        return Refusal.SUSPENDED
    if stands.status is Status.UPCOMING:
        return Refusal.UPCOMING
    if ends_at is not None and not fallback and now >= later(ends_at, grace_days):
        return Refusal.ENDED
    return None


def day_granted(stands: Standing, today: date) -> date:
    """Give the day whose bookings count: today, or the first or last day of a contract not begun or over."""
    day, end = max(today, stands.term.starts_on), stands.term.ends_on
    return day if end is None else min(day, end)


def file_end(
    now: datetime, *, days: int | None, ends_at: datetime | None, grace_days: int, fallback: bool = False
) -> datetime:
    """Give when a file issued ``now`` ends: after ``days`` (None: 30), never beyond the licence, grace and fallback."""
    own = later(now, days or FILE_DAYS)
    return own if ends_at is None or fallback else min(own, later(ends_at, grace_days))


def content(licence: Licence) -> str:
    """Give the digest (SHA-256) of what a licence grants and of the newest token it fits, without the file's times."""
    claims = {name: value for name, value in licence.claims().items() if name not in _TIMES}
    claims["newest"] = licence.tokens[:1]
    claims["bind"] = []
    # What older files leave out: their content is that of the usual words.
    for name, usual in _LEFT_OUT_AS.items():
        if claims[name] == usual:
            del claims[name]
    rights = claims["entitlements"]
    claims["entitlements"] = rights | {"items": [one | {"name": ""} for one in rights["items"]]}
    return hashlib.sha256(json.dumps(claims, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
