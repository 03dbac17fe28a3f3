"""Counts and times of what the licence API is asked, by operation and answer, as Prometheus reads them.

Each server process counts in memory and leaves its numbers every ten seconds in a file of the data folder; who asks
gets the sum of all. Files of processes that ended stay in the sum, so that counters do not fall when a process is renewed,
until the server starts anew.
"""

import json
import logging
import os
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from torhaus.frame.addresses import client_address, within

# Upper bounds in seconds, as Prometheus' histograms have them.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
FOLDER = "metrics"
SAVED_EVERY = 10.0  # seconds
_log = logging.getLogger(__name__)
Series = dict[str, list[float]]


class Metrics:
    """The counters of this process: for each operation and code how many in each bucket, and the seconds in all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[tuple[str, str], list[float]] = {}
        self._saved_at = time.monotonic()

    def count(self, operation: str, code: str, seconds: float) -> None:
        """Count an answer of ``operation`` with ``code`` that took so long."""
        key = (operation, code)
        with self._lock:
            series = self._series.get(key)
            if series is None:
                series = self._series[key] = [0.0] * (len(BOUNDS) + 2)
            series[bisect_left(BOUNDS, seconds)] += 1
            series[-1] += seconds
        if time.monotonic() - self._saved_at > SAVED_EVERY:
            self._saved_at = time.monotonic()
            self.save()

    def series(self) -> Series:
        """Give the counters by operation and code."""
        with self._lock:
            return {f"{operation} {code}": list(one) for (operation, code), one in self._series.items()}

    def save(self) -> None:
        """Leave the counters where whoever asks for the sum finds them. A full disk leaves the last ones."""
        folder = _folder()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=folder, prefix=".writing-")
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(self.series(), file)
            Path(name).replace(folder / f"{os.getpid()}.json")
        except OSError as error:
            _log.warning("metrics were not kept: %s", error)


METRICS = Metrics()


def count_operations(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Count what programs ask the ordinary views: by the URL's name, and the answer's code, else its HTTP status.

    Both are among few words, whatever is asked: addresses that are no operation are not counted.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        access = getattr(match.func, "access", None) if match else None
        if match and match.url_name and access is not None and access.audience == "token":
            code = response.__dict__.get("answer_code") or str(response.status_code)
            METRICS.count(match.url_name, code, time.perf_counter() - began)
        return response

    return handle


def counted_as(code: str, response: HttpResponse) -> HttpResponse:
    """Give a response that is counted by the code of its answer instead of its status."""
    response.__dict__["answer_code"] = code
    return response


def forget_metrics() -> None:
    """Drop what processes of an earlier start left."""
    for path in _folder().glob("*.json"):
        path.unlink(missing_ok=True)


def metrics_text() -> str:
    """Give the sum of all processes in Prometheus' text format (version 0.0.4)."""
    total: Series = {}
    own = _folder() / f"{os.getpid()}.json"
    for series in [METRICS.series(), *(_read(path) for path in sorted(_folder().glob("*.json")) if path != own)]:
        for name, values in series.items():
            total[name] = [one + more for one, more in zip(values, total.get(name, [0.0] * len(values)), strict=True)]
    return "\n".join([*_head("torhaus_licence_requests_seconds"), *_lines(total)]) + "\n"


def may_see_metrics(request: HttpRequest) -> bool:
    """Whether the client is within the networks that the setting ``metrics_from`` names (R39); by default nobody is."""
    return within(client_address(request), settings.OPTIONS.metrics_from)


def _lines(total: Mapping[str, list[float]]) -> list[str]:
    lines = []
    for name, values in sorted(total.items()):
        operation, code = name.split(" ")
        labels, reached = f'operation="{operation}",code="{code}"', 0.0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), values[:-1], strict=True):
            reached += count
            lines.append(f'torhaus_licence_requests_seconds_bucket{{{labels},le="{bound}"}} {reached:.0f}')
        lines.append(f"torhaus_licence_requests_seconds_sum{{{labels}}} {values[-1]:.6f}")
        lines.append(f"torhaus_licence_requests_seconds_count{{{labels}}} {reached:.0f}")
    return lines


def _head(name: str) -> list[str]:
    return [f"# HELP {name} Answers of the licence API by operation and code.", f"# TYPE {name} histogram"]


def _folder() -> Path:
    return Path(settings.DATA_DIR) / FOLDER


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("ascii"))
    except (OSError, ValueError):
        return {}
