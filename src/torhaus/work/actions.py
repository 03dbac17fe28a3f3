"""Writes about jobs that are over. This room lies beside the records: the deeds that call it are journeys."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from torhaus.core import clock
from torhaus.work.models import Attempt

KEPT = timedelta(days=7)
BATCH = 1000


class NotDead(Exception):
    """No dead letter has this id: it was retried or discarded meanwhile."""


@transaction.atomic
def put_back(*, task_id: UUID) -> str:
    """Let a dead job run again, with all its attempts; give its name.

    Raises:
        NotDead: it is none.
    """
    attempt = _dead(task_id)
    attempt.attempts, attempt.dead_at, attempt.last_error = 0, None, ""
    attempt.save()
    DBTaskResult.objects.filter(pk=task_id).update(
        status=TaskResultStatus.READY, run_after=clock.now(), finished_at=None, traceback=""
    )
    return attempt.name


@transaction.atomic
def drop(*, task_id: UUID) -> str:
    """Remove a dead job for good; give its name.

    Raises:
        NotDead: it is none.
    """
    attempt = _dead(task_id)
    DBTaskResult.objects.filter(pk=task_id).delete()
    attempt.delete()
    return attempt.name


def prune_finished_jobs() -> int:
    """Remove the rows of jobs that succeeded a week ago or earlier; dead letters stay. Gives how many."""
    removed = 0
    old = DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=clock.now() - KEPT)
    # In portions, so that SQLite's one writer is never held up for long.
    while ids := list(old.order_by().values_list("pk", flat=True)[:BATCH]):
        removed += DBTaskResult.objects.filter(pk__in=ids).delete()[0]
    return removed


def _dead(task_id: UUID) -> Attempt:
    attempt = Attempt.objects.select_for_update().filter(task_id=task_id, dead_at__isnull=False).first()
    if attempt is None:
        raise NotDead(str(task_id))
    return attempt
