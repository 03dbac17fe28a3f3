"""What a background job is: a function that takes ids, enqueued in the transaction that causes it.

The row of the job commits with its cause, so neither is without the other; a worker runs it
at least once. How often it is tried, and with which pauses, stands at its function.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from django.utils.module_loading import import_string
from django_tasks import task
from django_tasks.base import Task

P = ParamSpec("P")
T = TypeVar("T")


class GiveUp(Exception):
    """Raised by a job that will never succeed: it becomes a dead letter at once."""


@dataclass(frozen=True)
class Rules:
    """How a job is tried: how often, and the pauses (seconds) after the first failure and at most.

    ``on_dead`` is called with the job's arguments in the transaction that makes it a dead letter.
    """

    max_attempts: int = 8
    first_pause: float = 30
    longest_pause: float = 3600
    on_dead: Callable[..., Any] | None = None


_rules: dict[str, Rules] = {}


# Somebody sits before a page and waits for it.
WAITED_FOR = 10


def job(
    *,
    max_attempts: int = 8,
    first_pause: float = 30,
    longest_pause: float = 3600,
    on_dead: Callable[..., Any] | None = None,
    priority: int = 0,
) -> Callable[[Callable[P, T]], Task[P, T]]:
    """Make a function a background job; enqueue it with ``function.enqueue(…)``. It must bear running twice."""

    def mark(function: Callable[P, T]) -> Task[P, T]:
        made: Task[P, T] = task(priority=priority)(function)
        _rules[made.module_path] = Rules(max_attempts, first_pause, longest_pause, on_dead)
        return made

    return mark


def rules_of(path: str) -> Rules:
    """Give the rules of the job at a dotted path; the default ones for a job that is no more."""
    with suppress(ImportError):
        import_string(path)  # a worker may have to bury a job it never ran
    return _rules.get(path, Rules())
