"""Counts and times of what the licence API is asked, by operation and answer."""

import threading
from collections.abc import Sequence

# Upper bounds in seconds, as Prometheus' histograms have them.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Metrics:
    """The counters of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[tuple[str, str], list[float]] = {}

    def count(self, operation: str, code: str, seconds: float) -> None:
        """Count an answer of ``operation`` with ``code`` that took so long."""
        key = (operation, code)
        with self._lock:
            series = self._series.get(key)
            if series is None:
                series = self._series[key] = [0.0] * (len(BOUNDS) + 3)
            series[_slot(seconds)] += 1
            series[-1] += seconds
            series[-2] += 1


def _slot(seconds: float, bounds: Sequence[float] = BOUNDS) -> int:
    for slot, bound in enumerate(bounds):
        if seconds <= bound:
            return slot
    return len(bounds)


METRICS = Metrics()
