"""What the measurements of a large installation share: an installation of their own, many rows, and a stopwatch."""

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping

import django


def start() -> None:
    """Set Django up for a new installation of its own, unless one is named."""
    if "TORHAUS_DATA_DIR" not in os.environ:
        os.environ["TORHAUS_DATA_DIR"] = tempfile.mkdtemp(prefix="torhaus-bench-")
    os.environ.setdefault("TORHAUS_SECRET_KEY", "bench-" + "0123456789" * 5)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
    django.setup()


def bulk(model, rows: Iterable, size: int = 5_000) -> None:
    """Insert the generated rows in bounded batches."""
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            model.objects.bulk_create(batch)
            batch = []
    model.objects.bulk_create(batch)


def settle(connection) -> None:
    """Leave the tables as autovacuum does some time after they were filled: counts can trust the index alone.

    Nobody does that on SQLite, where no installation has statistics.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def interleaved(acts: Mapping[str, Callable[[], object]], rounds: int, warm: int = 1) -> dict[str, list[float]]:
    """Give the milliseconds of each act; every round does each once, so that a drifting machine slows all alike.

    What is loaded by now is left alone by the collector of garbage, as in server processes (console/preload.py).
    """
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {name: [] for name in acts}
    for turn in range(rounds + warm):
        for name, act in acts.items():
            began = time.perf_counter()
            act()
            took = (time.perf_counter() - began) * 1000
            if turn >= warm:
                times[name].append(took)
    return times


def p95(values: list[float]) -> float:
    """Give what 95 of 100 stayed below."""
    return statistics.quantiles(values, n=20)[18]
