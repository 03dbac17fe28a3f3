"""The worker: claims jobs and runs them, keeps the schedule, and stops when told to.

Threads run the jobs; one thread renews their leases; the calling thread does the repeated
steps, the schedule, and gives back what killed workers left behind.
"""

import contextvars
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from secrets import token_hex

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, close_old_connections, connection
from django.utils.module_loading import import_string
from django_tasks.base import Task

from torhaus.work import queue
from torhaus.work.queue import Claim
from torhaus.work.schedule import Repeated, Scheduled, tick

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
POLL_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 5.0
GRACE_SECONDS = 20.0


class Worker:
    """One worker process. ``stop`` may be set from a signal handler."""

    def __init__(
        self,
        *,
        schedule: Sequence[Scheduled] = (),
        repeated: Sequence[Repeated] = (),
        threads: int = 1,
        lease: timedelta = LEASE,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{token_hex(4)}"
        self.stop = threading.Event()
        self.schedule = schedule
        self.repeated = repeated
        self.threads = threads
        self.lease = lease
        self.grace_seconds = grace_seconds
        self._finished = threading.Event()
        self._running: dict[int, Claim] = {}

    def run(self) -> None:
        """Work until ``stop`` is set; then finish the running jobs, or give them back after the grace time."""
        log.info("worker started", extra={"event": {"worker": self.name}})
        workers = [self._start(self._work, f"job-{number}") for number in range(self.threads)]
        keeper = self._start(self._keep_leases, "leases")
        self._keep_house()
        end = time.monotonic() + self.grace_seconds
        for thread in workers:
            thread.join(max(0.0, end - time.monotonic()))
        for held in list(self._running.values()):
            self._guarded("give a job back", partial(queue.release, held))
            log.warning("job given back", extra={"event": {"job": held.path, "task": held.task_id}})
        self._finished.set()
        keeper.join(2)
        connection.close()
        log.info("worker stopped", extra={"event": {"worker": self.name}})

    def run_once(self) -> int:
        """Do what is due now, until nothing is; give how many jobs ran."""
        keeper = self._start(self._keep_leases, "leases")
        ran = 0
        try:
            queue.reap()
            tick(self.schedule)
            while not self.stop.is_set() and (held := queue.claim(self.name, self.lease)):
                self._run(held)
                ran += 1
            for entry in self.repeated:
                entry.step()
        finally:
            self._finished.set()
            keeper.join(2)
        return ran

    def _start(self, target: Callable[[], None], name: str) -> threading.Thread:
        # The context goes along: a clock moved for a proof is moved in every thread.
        thread = threading.Thread(target=contextvars.copy_context().run, args=(target,), name=name, daemon=True)
        thread.start()
        return thread

    def _keep_house(self) -> None:
        due = {entry.name: 0.0 for entry in self.repeated}
        house_due = 0.0
        while not self.stop.is_set():
            now = time.monotonic()
            for entry in self.repeated:
                if now >= due[entry.name]:
                    self._guarded(entry.name, entry.step)
                    due[entry.name] = time.monotonic() + entry.every_seconds
            if now >= house_due:
                self._guarded("reap", queue.reap)
                self._guarded("tick", partial(tick, self.schedule))
                house_due = time.monotonic() + min(HOUSEKEEPING_SECONDS, self.lease.total_seconds() / 3)
            nearest = min([house_due, *due.values()])
            self.stop.wait(max(0.05, nearest - time.monotonic()))

    def _work(self) -> None:
        try:
            while not self.stop.is_set():
                held = self._guarded("claim", partial(queue.claim, self.name, self.lease))
                if isinstance(held, Claim):
                    self._run(held)
                else:
                    self.stop.wait(POLL_SECONDS)
        finally:
            connection.close()

    def _run(self, held: Claim) -> None:
        self._running[threading.get_ident()] = held
        started = time.monotonic()
        error: BaseException | None = None
        try:
            _task_at(held.path).call(*held.args, **held.kwargs)
        except Exception as caught:  # noqa: BLE001 - whatever a job raises, the worker lives and notes it
            error = caught
        finally:
            del self._running[threading.get_ident()]
        event = {"job": held.path, "task": held.task_id, "attempt": held.attempt}
        event["seconds"] = round(time.monotonic() - started, 3)
        if error is None:
            self._until_written(partial(queue.succeed, held))
            log.info("job done", extra={"event": event})
            return
        dead = self._until_written(partial(queue.fail, held, error))
        log.log(
            logging.ERROR if dead else logging.WARNING,
            "job is dead" if dead else "job failed",
            extra={"event": event},
            exc_info=error,
        )

    def _until_written(self, write: Callable[[], bool]) -> bool | None:
        """Write a job's end, again while the database is gone, as long as the lease may hold."""
        end = time.monotonic() + self.lease.total_seconds()
        while True:
            written = self._guarded("note a job's end", write)
            if isinstance(written, bool):
                return written
            if time.monotonic() > end:
                return None
            time.sleep(0.2)

    def _keep_leases(self) -> None:
        try:
            while not self._finished.wait(self.lease.total_seconds() / 3):
                for held in list(self._running.values()):
                    if self._guarded("renew a lease", partial(queue.renew, held, self.lease)) is False:
                        log.warning("lease lost", extra={"event": {"job": held.path, "task": held.task_id}})
        finally:
            connection.close()

    def _guarded(self, what: str, step: Callable[[], object]) -> object:
        """Do a step; a database that is gone or busy is noted, and asked again later (R80)."""
        try:
            close_old_connections()
            return step()
        except DatabaseError as error:
            log.warning("database refused", extra={"event": {"step": what, "error": str(error).strip()}})
            if not connection.in_atomic_block:
                connection.close()
        except Exception:
            log.exception("step failed", extra={"event": {"step": what}})
        return None


def _task_at(path: str) -> "Task[..., object]":
    found = import_string(path)
    if not isinstance(found, Task):
        raise SuspiciousOperation(f"{path} is no job")
    return found
