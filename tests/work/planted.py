"""Jobs for the tests of the work room. What they did stands in a file, one line a run, written at once."""

import os
import time
from pathlib import Path

from torhaus.work.jobs import GiveUp, job


def note(path, text):
    with Path(path).open("a") as out:
        out.write(text + "\n")


def noted(path):
    return Path(path).read_text().splitlines() if Path(path).exists() else []


@job(max_attempts=5)
def write_line(path, text):
    note(path, text)


@job(max_attempts=5)
def work_slowly(path, text, seconds):
    note(path, f"begin {text} {os.getpid()}")
    time.sleep(seconds)
    note(path, f"end {text} {os.getpid()}")


@job(max_attempts=1)
def begin_together(path, text, how_many):
    """Work until so many of them have begun, so that none is done by a worker that is free again."""
    note(path, f"begin {text} {os.getpid()}")
    end = time.monotonic() + 60
    while len([line for line in noted(path) if line.startswith("begin")]) < how_many and time.monotonic() < end:
        time.sleep(0.02)


@job(max_attempts=3, first_pause=60, longest_pause=90)
def fail_until(path, successes_at):
    note(path, "try")
    if len(noted(path)) < successes_at:
        raise RuntimeError("not yet: acme_0123456789AB_" + "x" * 28)


@job(max_attempts=8)
def give_up():
    raise GiveUp("never")


@job(max_attempts=2)
def die():
    os.kill(os.getpid(), 9)


@job()
def scheduled():
    pass
