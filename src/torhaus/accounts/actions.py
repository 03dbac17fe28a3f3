"""Counting failed sign-ins by where they come from; an account itself is never locked (R4)."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from torhaus.accounts.models import Throttle
from torhaus.accounts.queries import AHEAD, WINDOW
from torhaus.core import clock
from torhaus.records.deeds import housekeeping

_KEEP = timedelta(days=1)


@housekeeping
def note_failure(*, source: str) -> int:
    """Count an attempt from ``source`` and give how many its window now holds.

    Callers count before they verify and take a success back, so that parallel
    attempts cannot all pass before the first is counted. Every statement is one
    atomic UPDATE or INSERT: no count is lost on either database.
    """
    now = clock.now()
    while True:
        row = Throttle.objects.filter(source=source)
        running = Q(window_started_at__gt=now - WINDOW, window_started_at__lte=now + AHEAD)
        if row.filter(running).update(failures=F("failures") + 1):
            return row.values_list("failures", flat=True).get()
        if row.exclude(running).update(failures=1, window_started_at=now):
            return 1
        try:
            with transaction.atomic():
                Throttle.objects.create(source=source, failures=1, window_started_at=now)
        except IntegrityError:  # another attempt was first: count on its row
            continue
        return 1


@housekeeping
def take_back(*, source: str) -> None:
    """Uncount an attempt that succeeded; failures before it stay counted."""
    Throttle.objects.filter(source=source, failures__gt=0).update(failures=F("failures") - 1)


@housekeeping
def forget_old_failures() -> int:
    """Delete counters whose window is long over; addresses are personal data. Give how many went."""
    return Throttle.objects.filter(window_started_at__lt=clock.now() - _KEEP).delete()[0]
