"""Many processes that begin together, and what they saw."""

import contextlib
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable

Outcome = tuple[Counter, float]


def processes(count: int, work: Callable[[int, "multiprocessing.Barrier"], Counter]) -> Outcome:
    """Run ``work`` in so many processes that begin together; give what they saw, and how long it took."""
    context = multiprocessing.get_context("fork")
    barrier, queue = context.Barrier(count + 1), context.SimpleQueue()

    def run(number: int) -> None:
        seen: Counter = Counter()
        try:
            seen = work(number, barrier)
        except Exception as error:  # noqa: BLE001 - told by the process that counts, which ends the run
            barrier.abort()
            seen["failed: " + (str(error) or type(error).__name__)[:600]] += 1
        queue.put(dict(seen))

    running = [context.Process(target=run, args=(number,)) for number in range(count)]
    for one in running:
        one.start()
    with contextlib.suppress(Exception):  # broken by one that failed, which says so below
        barrier.wait(120)
    began, total = time.monotonic(), Counter()
    for _ in running:
        total.update(queue.get())
    took = time.monotonic() - began
    for one in running:
        one.join()
    if failed := sorted((text for text in total if text.startswith("failed")), key=lambda text: "Barrier" in text):
        raise SystemExit("\n".join(failed[:3]))
    return total, took
