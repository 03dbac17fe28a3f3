"""The one source of time. Instants are UTC; days are the vendor's days.

Nothing else may call ``datetime.now``: tests and proofs move this clock, and
everything that expires moves with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta(0))
_fixed: ContextVar[datetime | None] = ContextVar("clock_fixed", default=None)


def now() -> datetime:
    """Give the current instant, aware, in UTC."""
    return (_fixed.get() or datetime.now(UTC)) + _shift.get()


def today(zone: str) -> date:
    """Give the current day in the IANA time zone ``zone`` (decided: days are the vendor's)."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Stop the clock at ``instant`` (aware) inside the block."""
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Let the clock run ``by`` ahead (or behind) inside the block."""
    token = _shift.set(_shift.get() + by)
    try:
        yield
    finally:
        _shift.reset(token)
