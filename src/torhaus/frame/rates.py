"""How often a program may ask: so many requests a minute for each key, counted by each server process for itself.

In memory on purpose: a call that only reads does not write each time, and nobody waits for a counter.
"""

import threading
import time
from collections import OrderedDict

from django.conf import settings

WINDOW = 60.0
_KEPT = 20_000


class Rate:
    """At most ``limit`` requests of a key within a minute; the least recently seen keys are forgotten first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str) -> int:
        """Count a request; give 0, or for how many seconds ``key`` has to wait."""
        now = time.monotonic()
        with self._lock:
            began, count = self._windows.pop(key, (now, 0))
            if now - began >= WINDOW:
                began, count = now, 0
            self._windows[key] = (began, count + 1)
            while len(self._windows) > _KEPT:
                self._windows.popitem(last=False)
        return 0 if count < self.limit else max(1, int(began + WINDOW - now) + 1)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._windows.clear()


PER_TOKEN = Rate(settings.OPTIONS.api_per_token)
PER_ADDRESS = Rate(settings.OPTIONS.api_per_address)
