"""The time a licence is judged by: the machine's clock, checked against the latest time that is known for sure.

The high-water mark grows with every statement seen and with the clock itself. A clock that shows an earlier time
is refused. A fresh answer of the server settles the question: from then on its time counts in this process.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from torhaus_sdk.errors import ClockSetBack

TOLERANCE = timedelta(hours=1)
_LATEST = 253_370_764_800.0  # the first day of the last year a datetime can hold


def system_clock() -> datetime:
    """Give the machine's time, aware."""
    return datetime.now(UTC)


class Clock:
    """Judges the machine's clock; ``mark`` arguments are the high-water mark of the state in seconds, 0 for none."""

    def __init__(self, clock: Callable[[], datetime], *, tolerance: timedelta = TOLERANCE) -> None:
        self._clock = clock
        self._tolerance = tolerance.total_seconds()
        self._answered: tuple[float, float, float] | None = None  # server's time, monotonic then, clock's lead then

    def shown(self) -> float:
        """Give what the machine's clock shows, in seconds since 1970."""
        return self._clock().timestamp()

    def answered(self, issued_at: int) -> None:
        """The server signed a fresh answer at ``issued_at``: that is the time now."""
        self._answered = (float(issued_at), time.monotonic(), self.shown() - issued_at)

    def lead(self) -> float:
        """Give by how many seconds the clock was ahead of the server at the last answer, if that is too much; else 0."""
        answered = self._answered
        lead = answered[2] if answered else 0.0
        return lead if abs(lead) > self._tolerance else 0.0

    def now(self, mark: float = 0.0) -> float:
        """Give the time to judge by.

        Raises:
            ClockSetBack: the clock shows an earlier time than ``mark``, and no answer tells the true one.
        """
        shown = self.shown()
        answered = self._answered
        if answered is not None:
            true = answered[0] + time.monotonic() - answered[1]
            was_right = abs(answered[2]) <= self._tolerance
            # Later than it can be: after a sleep of the machine that is right, unless the clock was wrong before.
            return (
                shown if -self._tolerance <= shown - true and (was_right or shown - true <= self._tolerance) else true
            )
        if shown < mark - self._tolerance:
            raise ClockSetBack(shown=_moment(shown), seen=_moment(mark))
        return max(shown, mark)

    def best(self, mark: float = 0.0) -> float:
        """Give the time to judge by, and the high-water mark where the clock was set back."""
        try:
            return self.now(mark)
        except ClockSetBack:
            return min(mark, _LATEST)  # whatever stands in the state can be shown as a day


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0.0), 253402300799.0), UTC)
