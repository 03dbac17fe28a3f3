"""What runs by the clock. Each tick is enqueued once, however many workers there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django_tasks.base import Task

from torhaus.core import clock
from torhaus.work.models import Tick

# A tick this far in the future was written by a clock that was wrong.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Scheduled:
    """A job to enqueue every so often."""

    name: str
    every: timedelta
    job: Task[[], Any]


@dataclass(frozen=True)
class Repeated:
    """A short step every worker does itself every few seconds: too often for a row of the queue each."""

    name: str
    every_seconds: float
    step: Callable[[], Any]


def tick(schedule: Sequence[Scheduled]) -> int:
    """Enqueue what is due; give how many."""
    now, last = clock.now(), dict(Tick.objects.values_list("name", "last_at"))
    enqueued = 0
    for entry in schedule:
        if entry.name not in last:
            # Due at once, whoever's row stands in the end.
            Tick.objects.bulk_create([Tick(name=entry.name, last_at=now - entry.every)], ignore_conflicts=True)
        elif now - entry.every < last[entry.name] <= now + AHEAD:
            continue
        with transaction.atomic():
            due = Q(last_at__lte=now - entry.every) | Q(last_at__gt=now + AHEAD)
            # One conditional update: of several workers, one changes the row and enqueues.
            if Tick.objects.filter(due, name=entry.name).update(last_at=now):
                entry.job.enqueue()
                enqueued += 1
    return enqueued
