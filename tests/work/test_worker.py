"""Workers as separate processes: killed, told to stop, and several at once."""

import json
import signal
import time
from collections import Counter

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from tests import people, processes
from tests.servers import installation
from tests.work import planted
from torhaus.config.schedule import SCHEDULE
from torhaus.records.actions import seal_records
from torhaus.records.deeds import deed, write_record
from torhaus.records.models import Seal, Unsealed
from torhaus.vendor.actions import create_signing_key
from torhaus.work.models import Attempt, Tick
from torhaus.work.queries import dead_jobs

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]

WORKER = """
import signal
from datetime import timedelta
from torhaus.work.runner import Worker
made = Worker(threads={threads}, lease=timedelta(seconds={lease}), grace_seconds={grace})
signal.signal(signal.SIGTERM, lambda *_: made.stop.set())
print("ready", flush=True)
made.run()
"""


def start_worker(threads=1, lease=2, grace=20):
    worker = processes.start_code(WORKER.format(threads=threads, lease=lease, grace=grace))
    # Before that a SIGTERM would end it as it ends any process.
    assert worker.stdout.readline() == "ready\n"
    return worker


def stop(*workers):
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    return [processes.finish(worker, 40) for worker in workers]


def test_a_job_whose_worker_is_killed_runs_again(tmp_path):
    path = str(tmp_path / "out")
    planted.work_slowly.enqueue(path, "a", 1.5)
    first = start_worker()
    processes.wait_for(lambda: planted.noted(path), what="the job to begin")
    first.kill()
    first.communicate()
    second = start_worker()
    processes.wait_for(lambda: not Attempt.objects.exists(), what="the job to be done")
    stop(second)
    lines = planted.noted(path)
    assert lines == [f"begin a {first.pid}", f"begin a {second.pid}", f"end a {second.pid}"]
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_nothing_is_lost_when_workers_are_killed_again_and_again(tmp_path):
    path = str(tmp_path / "out")
    for number in range(120):
        planted.write_line.enqueue(path, str(number))
    for _ in range(4):
        before = len(planted.noted(path))
        worker = start_worker(lease=1)
        processes.wait_for(lambda: len(planted.noted(path)) >= min(before + 15, 120))  # noqa: B023 - used at once
        worker.kill()
        worker.communicate()
    worker = start_worker(lease=1)
    processes.wait_for(lambda: not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists(), what="all jobs")
    stop(worker)
    runs = Counter(planted.noted(path))
    assert set(runs) == {str(number) for number in range(120)}
    assert sum(runs.values()) <= 120 + 4, "each kill repeats one job at most"
    assert not dead_jobs().exists()


def test_two_workers_never_run_one_job_at_the_same_time(tmp_path):
    path = str(tmp_path / "out")
    workers = [start_worker(threads=2) for _ in range(2)]
    with transaction.atomic():
        for number in range(3):  # one more than either has threads for
            planted.begin_together.enqueue(path, str(number), 3)
        for number in range(3, 60):
            planted.work_slowly.enqueue(path, str(number), 0.02)
    processes.wait_for(lambda: not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists(), 60, "all jobs")
    stop(*workers)
    begun = [line.split() for line in planted.noted(path) if line.startswith("begin")]
    assert sorted(int(number) for _, number, _ in begun) == list(range(60)), "each ran once"
    assert len({pid for *_, pid in begun}) == 2, "both worked"


def test_R79_a_worker_told_to_stop_finishes_its_job(tmp_path):
    path = str(tmp_path / "out")
    planted.work_slowly.enqueue(path, "a", 2)
    planted.work_slowly.enqueue(path, "b", 2)
    worker = start_worker()
    processes.wait_for(lambda: planted.noted(path))
    stop(worker)
    assert planted.noted(path) == [f"begin a {worker.pid}", f"end a {worker.pid}"]
    assert Counter(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL": 1, "READY": 1}


def test_R79_a_job_that_takes_too_long_is_given_back(tmp_path):
    path = str(tmp_path / "out")
    planted.work_slowly.enqueue(path, "a", 60)
    worker = start_worker(grace=1)
    processes.wait_for(lambda: planted.noted(path))
    started = time.monotonic()
    stop(worker)
    assert time.monotonic() - started < 10
    assert DBTaskResult.objects.get().status == "READY"
    assert Attempt.objects.get().attempts == 0
    assert planted.noted(path) == [f"begin a {worker.pid}"]


def test_a_long_job_keeps_its_lease(tmp_path):
    path = str(tmp_path / "out")
    planted.work_slowly.enqueue(path, "a", 5)
    workers = [start_worker(lease=1), start_worker(lease=1)]
    processes.wait_for(lambda: len(planted.noted(path)) == 2)
    processes.wait_for(lambda: not Attempt.objects.exists())
    stop(*workers)
    assert len(planted.noted(path)) == 2, "nobody else began it"


@deed("plant")
def plant():
    write_record(by=people.SYSTEM)


def test_the_command_seals_keeps_the_schedule_and_stops(tmp_path):
    create_signing_key(by=people.SYSTEM)
    plant()
    worker = processes.start("-c", "from torhaus.console.main import app; app()", "worker")
    processes.wait_for(
        lambda: DBTaskResult.objects.filter(status="SUCCESSFUL").count() == len(SCHEDULE), what="the schedule"
    )
    assert Seal.objects.count() == 2
    plant()
    processes.wait_for(lambda: Seal.objects.count() == 3, timeout=5, what="the seal of what happens meanwhile")
    [output] = stop(worker)
    assert not Unsealed.objects.exists()
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["message"] for line in lines if "worker" in line] == ["worker started", "worker stopped"]
    assert seal_records() == 0


def test_the_command_does_what_is_due_and_ends(tmp_path):
    path = str(tmp_path / "out")
    create_signing_key(by=people.SYSTEM)
    planted.write_line.enqueue(path, "a")
    done = processes.torhaus("worker", "--once")
    assert done.returncode == 0, done.stdout
    assert f"Jobs run: {len(SCHEDULE) + 1}." in done.stdout
    assert planted.noted(path) == ["a"]


TICKER = """
import time
from datetime import timedelta
from tests.work import planted
from torhaus.work.models import Tick
from torhaus.work.schedule import Scheduled, tick
schedule = (Scheduled("fast", timedelta(milliseconds=100), planted.scheduled),)
while not Tick.objects.filter(name="begin").exists():
    time.sleep(0.005)
end = time.monotonic() + 3
while time.monotonic() < end:
    tick(schedule)
"""


def test_of_several_workers_one_enqueues_each_tick():
    workers = [processes.start_code(TICKER) for _ in range(3)]
    time.sleep(2)
    Tick.objects.create(name="begin", last_at=people.NOON)
    for worker in workers:
        processes.finish(worker)
    at = sorted(DBTaskResult.objects.values_list("enqueued_at", flat=True))
    assert len(at) > 3
    assert len(at) <= (at[-1] - at[0]).total_seconds() / 0.1 + 2


@pytest.mark.postgres
def test_R80_a_worker_survives_a_database_that_drops_it():
    with installation(database="postgresql") as here:
        worker = here.start("worker")
        here.python(
            """
            import time
            from django.db import connection
            from django_tasks_db.models import DBTaskResult
            from torhaus.work.tasks import prune_finished_jobs
            def done():
                return DBTaskResult.objects.exclude(status="SUCCESSFUL").filter(task_path__endswith="prune_finished_jobs")
            def wait_for_none():
                end = time.monotonic() + 10
                while done().exists():
                    assert time.monotonic() < end, "no recovery within 10 s"
                    time.sleep(0.1)
            while not DBTaskResult.objects.exists():
                time.sleep(0.1)
            wait_for_none()
            for _ in range(3):
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                    assert cursor.fetchone()[0] >= 1
                prune_finished_jobs.enqueue()
                wait_for_none()
            """
        )
        assert worker.poll() is None, "the same process"
