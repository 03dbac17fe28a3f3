"""The queue in one process: retries, backoff, dead letters, the schedule, what staff does about dead jobs."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django_scopes import scopes_disabled
from django_tasks_db.models import DBTaskResult

from tests import people
from tests.work import planted
from torhaus.core import clock
from torhaus.journeys.discard_job import discard_job
from torhaus.journeys.retry_job import retry_job
from torhaus.records.models import Record
from torhaus.work import queue
from torhaus.work.actions import NotDead, prune_finished_jobs
from torhaus.work.models import Attempt, Tick
from torhaus.work.queries import dead_jobs, queue_state
from torhaus.work.rules import pause_seconds
from torhaus.work.runner import Worker
from torhaus.work.schedule import Repeated, Scheduled, tick

pytestmark = pytest.mark.django_db(transaction=True)
LEASE = timedelta(seconds=15)


def state(task_id=None):
    rows = DBTaskResult.objects.all()
    return (rows.get(pk=task_id) if task_id else rows.get()).status


def test_a_job_is_there_only_if_its_cause_commits(tmp_path):
    with transaction.atomic():
        planted.write_line.enqueue(str(tmp_path / "out"), "a")
        transaction.set_rollback(True)
    assert Worker().run_once() == 0
    with transaction.atomic():
        planted.write_line.enqueue(str(tmp_path / "out"), "b")
    assert Worker().run_once() == 1
    assert planted.noted(tmp_path / "out") == ["b"]
    assert state() == "SUCCESSFUL"
    assert not Attempt.objects.exists()


def test_a_failed_job_comes_back_later_and_later_and_then_is_dead(tmp_path):
    path = str(tmp_path / "out")
    planted.fail_until.enqueue(path, 99)
    assert Worker().run_once() == 1
    assert Worker().run_once() == 0, "it waits"
    assert 45 <= (DBTaskResult.objects.get().run_after - clock.now()).total_seconds() <= 75
    with clock.shifted(timedelta(seconds=80)):
        assert Worker().run_once() == 1
        assert 60 <= (DBTaskResult.objects.get().run_after - clock.now()).total_seconds() <= 113
    with clock.shifted(timedelta(seconds=300)):
        assert Worker().run_once() == 1
    with clock.shifted(timedelta(days=9)):
        assert Worker().run_once() == 0, "dead jobs rest"
    assert planted.noted(path) == ["try"] * 3
    dead = dead_jobs().get()
    assert (state(), dead.attempts) == ("FAILED", 3)
    assert dead.last_error == "RuntimeError: not yet: acme_0123456789AB_…", "no secret in an error text"
    assert "x" * 28 not in DBTaskResult.objects.get().traceback
    assert queue_state().dead == 1


def test_a_failed_job_that_succeeds_later_is_done(tmp_path):
    path = str(tmp_path / "out")
    planted.fail_until.enqueue(path, 2)
    Worker().run_once()
    with clock.shifted(timedelta(minutes=5)):
        Worker().run_once()
    assert state() == "SUCCESSFUL"
    assert not dead_jobs().exists()


def test_a_job_that_gives_up_is_dead_at_once():
    planted.give_up.enqueue()
    Worker().run_once()
    assert state() == "FAILED"
    assert dead_jobs().get().attempts == 1


def test_a_job_that_is_no_more_becomes_a_dead_letter_not_a_crash():
    planted.write_line.enqueue("", "")
    DBTaskResult.objects.update(task_path="torhaus.gone.tasks.forgotten")
    for day in range(9):
        with clock.shifted(timedelta(days=day)):
            Worker().run_once()
    assert dead_jobs().get().last_error.startswith("ModuleNotFoundError")


def test_a_lost_lease_gives_the_job_back_at_once_and_the_late_worker_changes_nothing(tmp_path):
    planted.write_line.enqueue(str(tmp_path / "out"), "a")
    first = queue.claim("first", LEASE)
    assert queue.claim("second", LEASE) is None
    assert queue.reap() == 0
    with clock.shifted(timedelta(seconds=10)):
        assert queue.renew(first, LEASE)
    with clock.shifted(timedelta(seconds=20)):
        assert queue.reap() == 0, "it was renewed"
    with clock.shifted(timedelta(seconds=30)):
        assert queue.reap() == 1
        second = queue.claim("second", LEASE)
        assert second.attempt == 2
        assert not queue.renew(first, LEASE)
        assert not queue.succeed(first)
        assert not queue.fail(first, RuntimeError("late"))
        assert state() == "RUNNING"
        assert queue.succeed(second)
    assert state() == "SUCCESSFUL"


def test_a_job_given_back_has_not_used_up_an_attempt(tmp_path):
    planted.write_line.enqueue(str(tmp_path / "out"), "a")
    queue.release(queue.claim("first", LEASE))
    assert queue.claim("second", LEASE) is None
    with clock.shifted(timedelta(seconds=6)):
        assert queue.claim("second", LEASE).attempt == 1


def test_a_job_that_kills_its_workers_dies_too():
    planted.die.enqueue()
    for hour in range(3):
        with clock.shifted(timedelta(hours=hour)):
            queue.reap()
            queue.claim("victim", LEASE)
    with clock.shifted(timedelta(hours=9)):
        queue.reap()
    assert "was lost in attempt 2" in dead_jobs().get().last_error


def test_retry_job():
    planted.give_up.enqueue()
    Worker().run_once()
    task_id = dead_jobs().get().task_id
    retry_job(task_id=task_id, by=people.SYSTEM)
    assert not dead_jobs().exists()
    with pytest.raises(NotDead):
        retry_job(task_id=task_id, by=people.SYSTEM)
    assert Worker().run_once() == 1
    assert dead_jobs().get().attempts == 1
    with scopes_disabled():
        record = Record.objects.get()
    assert (record.deed, record.subject_ref) == ("retry_job", str(task_id))
    assert record.after == {"job": "tests.work.planted.give_up"}


def test_discard_job():
    planted.give_up.enqueue()
    Worker().run_once()
    discard_job(task_id=dead_jobs().get().task_id, by=people.SYSTEM)
    assert not DBTaskResult.objects.exists()
    assert not Attempt.objects.exists()
    with pytest.raises(NotDead):
        discard_job(task_id=uuid.uuid4(), by=people.SYSTEM)
    with scopes_disabled():
        assert Record.objects.get().deed == "discard_job"


def test_prune_keeps_young_and_dead_rows(tmp_path):
    planted.write_line.enqueue(str(tmp_path / "out"), "a")
    planted.give_up.enqueue()
    Worker().run_once()
    with clock.shifted(timedelta(days=6)):
        assert prune_finished_jobs() == 0
    with clock.shifted(timedelta(days=8)):
        assert prune_finished_jobs() == 1
    assert state() == "FAILED"


def test_the_schedule_enqueues_a_tick_once_and_again_when_it_is_due():
    schedule = (Scheduled("hourly", timedelta(hours=1), planted.scheduled),)
    assert [tick(schedule), tick(schedule)] == [1, 0]
    with clock.shifted(timedelta(minutes=59)):
        assert tick(schedule) == 0
    with clock.shifted(timedelta(minutes=61)):
        assert [tick(schedule), tick(schedule)] == [1, 0]
    with clock.shifted(timedelta(days=-3)):
        assert tick(schedule) == 1, "a clock that was days ahead does not silence the schedule for days"
    assert DBTaskResult.objects.count() == 3
    assert Tick.objects.count() == 1


def test_a_repeated_step_leaves_no_row():
    done = []
    assert Worker(repeated=(Repeated("step", 2.0, lambda: done.append(1)),)).run_once() == 0
    assert done == [1]
    assert not DBTaskResult.objects.exists()


def test_pauses_double_up_to_the_longest():
    pauses = [pause_seconds(n, first=30, longest=3600, chance=0.5) for n in range(1, 10)]
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert pause_seconds(1, first=30, longest=3600, chance=0) == 22.5
    assert pause_seconds(1000, first=30, longest=3600, chance=1) == 4500
