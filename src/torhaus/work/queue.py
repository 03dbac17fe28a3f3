"""The states of a job: claimed under a lease, done, to be tried again, given back, or a dead letter.

Every change is fenced: a worker that lost its lease changes nothing any more. The lease
runs out when its worker no longer renews it, and then the job is ready at once.
"""

import logging
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from torhaus.core import clock
from torhaus.core.redaction import without_secrets
from torhaus.work.jobs import GiveUp, rules_of
from torhaus.work.models import Attempt
from torhaus.work.rules import pause_seconds

log = logging.getLogger(__name__)

ERROR_LENGTH = 2000


@dataclass(frozen=True)
class Claim:
    """A job a worker holds. ``attempt`` counts from 1 and, with the worker, is the fence."""

    task_id: UUID
    path: str
    args: list[Any]
    kwargs: dict[str, Any]
    worker: str
    attempt: int


def ready_jobs(now: datetime) -> "QuerySet[DBTaskResult[..., Any]]":
    """Give the jobs that may run at ``now``, the next one first."""
    due = Q(run_after=get_date_max()) | Q(run_after__lte=now)
    return DBTaskResult.objects.filter(due, status=TaskResultStatus.READY)


def claim(worker: str, lease: timedelta) -> Claim | None:
    """Claim the next job for ``worker``; None if there is none. Two workers never get the same one."""
    now = clock.now()
    # Looked at without a lock first: idle workers must not queue before SQLite's one writer.
    if ready_jobs(now).values("pk").first() is None:  # in order, which the index of ready jobs has
        return None
    with transaction.atomic():
        _without_waiting_for_the_disk()
        row = ready_jobs(now).select_for_update(skip_locked=True).first()
        if row is None:
            return None
        attempt = Attempt.objects.filter(task_id=row.id).first() or Attempt(task_id=row.id, name=row.task_path)
        attempt.attempts += 1
        attempt.worker = worker
        attempt.lease_until = now + lease
        attempt.save()
        row.status = TaskResultStatus.RUNNING
        row.started_at = now
        row.worker_ids = [*row.worker_ids, worker]
        row.save(update_fields=["status", "started_at", "worker_ids"])
    values = row.args_kwargs
    return Claim(row.id, row.task_path, values["args"], values["kwargs"], worker, attempt.attempts)


def renew(held: Claim, lease: timedelta) -> bool:
    """Lengthen the lease; False if it is lost."""
    mine = Attempt.objects.filter(task_id=held.task_id, worker=held.worker, attempts=held.attempt)
    return bool(mine.update(lease_until=clock.now() + lease))


def succeed(held: Claim) -> bool:
    """Note that the job is done; False if the lease was lost, so that somebody else runs it."""
    with transaction.atomic():
        _without_waiting_for_the_disk()
        if not Attempt.objects.filter(task_id=held.task_id, worker=held.worker, attempts=held.attempt).delete()[0]:
            return False
        _set(held.task_id, status=TaskResultStatus.SUCCESSFUL, finished_at=clock.now(), traceback="")
    return True


def fail(held: Claim, error: BaseException) -> bool:
    """Note a failure: the job is tried again after a pause, or is dead. True if it is dead."""
    rules = rules_of(held.path)
    dead = isinstance(error, GiveUp) or held.attempt >= rules.max_attempts
    text = without_secrets(f"{type(error).__name__}: {error}")[:ERROR_LENGTH]
    with transaction.atomic():
        attempt = _held(held)
        if attempt is None:
            return False
        if dead:
            lines = without_secrets("".join(traceback.format_exception(error)))
            _bury(attempt, text, lines)
        else:
            pause = pause_seconds(
                held.attempt, first=rules.first_pause, longest=rules.longest_pause, chance=randbelow(10**6) / 10**6
            )
            _put_back(attempt, clock.now() + timedelta(seconds=pause), text)
    return dead


def release(held: Claim) -> None:
    """Give a running job back because its worker must stop; the attempt does not count."""
    with transaction.atomic():
        attempt = _held(held)
        if attempt is not None:
            attempt.attempts -= 1
            # Its worker needs a moment to be gone.
            _put_back(attempt, clock.now() + timedelta(seconds=5), "given back by a worker that had to stop")


def reap() -> int:
    """Give back the jobs whose lease has run out, at once: their worker was killed. Gives how many."""
    gone = Attempt.objects.filter(lease_until__lt=clock.now(), dead_at__isnull=True)
    if not gone.exists():
        return 0
    with transaction.atomic():
        lost = list(gone.select_for_update(skip_locked=True))
        for attempt in lost:
            text = f"the worker {attempt.worker} was lost in attempt {attempt.attempts}"
            if attempt.attempts >= rules_of(attempt.name).max_attempts:
                _bury(attempt, text, "")
            else:
                _put_back(attempt, clock.now(), text)
    return len(lost)


def _without_waiting_for_the_disk() -> None:
    """Let PostgreSQL answer a commit before it is on the disk: what a crash may undo here only repeats a job."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")


def _held(held: Claim) -> Attempt | None:
    mine = Attempt.objects.select_for_update().filter(task_id=held.task_id, worker=held.worker, attempts=held.attempt)
    return mine.first()


def _put_back(attempt: Attempt, run_after: datetime, text: str) -> None:
    attempt.worker, attempt.lease_until, attempt.last_error = "", None, text
    attempt.save()
    _set(attempt.task_id, status=TaskResultStatus.READY, run_after=run_after)


def _bury(attempt: Attempt, text: str, lines: str) -> None:
    attempt.worker, attempt.lease_until, attempt.last_error = "", None, text
    attempt.dead_at = clock.now()
    attempt.save()
    _set(attempt.task_id, status=TaskResultStatus.FAILED, finished_at=attempt.dead_at, traceback=lines)
    _tell(attempt)


def _tell(attempt: Attempt) -> None:
    """Let the job's own room know that it is dead; its failing to listen keeps nobody alive."""
    on_dead = rules_of(attempt.name).on_dead
    row = DBTaskResult.objects.filter(pk=attempt.task_id).first()
    if on_dead is None or row is None:
        return
    try:
        with transaction.atomic():
            on_dead(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
    except Exception:
        log.exception("on_dead failed", extra={"event": {"job": attempt.name, "task": attempt.task_id}})


def _set(task_id: UUID, **values: Any) -> None:
    DBTaskResult.objects.filter(pk=task_id).update(**values)
