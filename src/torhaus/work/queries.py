"""Reads of background jobs: what waits, what is dead."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from torhaus.core import clock
from torhaus.work.models import Attempt, Tick
from torhaus.work.queue import ready_jobs


@dataclass(frozen=True)
class QueueState:
    """How the background work stands. ``late_by`` is how long the oldest job that may run has waited."""

    waiting: int
    running: int
    dead: int
    late_by: timedelta
    last_tick_at: datetime | None


def dead_jobs() -> "QuerySet[Attempt]":
    """Give the dead letters, the latest first: ``task_id``, ``name``, ``attempts``, ``last_error``, ``dead_at``."""
    return Attempt.objects.filter(dead_at__isnull=False).order_by("-dead_at", "-pk")


def count_dead_jobs() -> int:
    """Give how many dead letters there are."""
    return dead_jobs().count()


def queue_state() -> QueueState:
    """Give how the background work stands; a large ``late_by`` means that no worker runs."""
    now = clock.now()
    oldest = ready_jobs(now).aggregate(at=Min("enqueued_at"))["at"]
    tick = Tick.objects.order_by("-last_at").first()
    return QueueState(
        waiting=DBTaskResult.objects.filter(status=TaskResultStatus.READY).count(),
        running=DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).count(),
        dead=count_dead_jobs(),
        late_by=now - oldest if oldest else timedelta(0),
        last_tick_at=tick.last_at if tick else None,
    )
