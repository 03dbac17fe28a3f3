"""What processes cost: processor time of process trees, memory of workers, and how fast the machine is just now."""

import hashlib
import json
import os
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
CALIBRATION_SECONDS = 0.25


def _stat(pid: int) -> list[str]:
    # The name in parentheses may hold anything; the fields begin after it with the state.
    return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()


def parents() -> dict[int, int]:
    """Give every process's parent."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = int(_stat(int(entry.name))[1])
            except (OSError, IndexError):
                continue  # it ended meanwhile
    return found


def tree(root: int) -> list[int]:
    """Give a process and all that descend from it."""
    above = parents()
    found = [root]
    for pid in found:  # the list grows while it is walked
        found.extend(child for child, parent in above.items() if parent == pid)
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Give the processor time, user and system, that these processes and their ended children have had."""
    ticks = 0
    for pid in pids:
        try:
            ticks += sum(int(value) for value in _stat(pid)[11:15])
        except OSError:
            continue
    return ticks / TICKS


def pss_mib(pid: int) -> float:
    """Give the proportional set size of a process: what it has alone, and its share of what it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


@dataclass(frozen=True)
class Speed:
    """How fast the machine is just now: rounds of the same work a second, and a second of processor time."""

    by_clock: float
    by_cpu: float


def calibrate() -> Speed:
    """Let a process on each processor do the same work (JSON, a hash, a dictionary) for a moment."""
    children = []
    for _ in range(os.cpu_count() or 1):
        read, write = os.pipe()
        if not (pid := os.fork()):
            try:
                os.write(write, json.dumps(_work()).encode())
            finally:
                os._exit(0)
        os.close(write)
        children.append((pid, read))
    clock = cpu = 0.0
    for pid, read in children:
        with os.fdopen(read, "rb") as pipe:
            rounds, seconds, cpu_seconds = json.load(pipe)
        os.waitpid(pid, 0)
        clock, cpu = clock + rounds / seconds, cpu + rounds / cpu_seconds
    return Speed(clock, cpu / len(children))


def _work() -> tuple[int, float, float]:
    said = {"items": [{"key": f"item-{n}", "quantity": n, "ends_at": None} for n in range(10)], "valid": True}
    rounds, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < CALIBRATION_SECONDS:
        for _ in range(10):
            text = json.dumps(said).encode()
            hashlib.sha256(text).hexdigest()
            {one["key"]: one["quantity"] + 1 for one in json.loads(text)["items"]}
        rounds += 10
    return rounds, time.perf_counter() - began, time.process_time() - cpu


def median(values: Iterable[float]) -> float:
    """Give the median, 0 of nothing."""
    found = list(values)
    return statistics.median(found) if found else 0.0
