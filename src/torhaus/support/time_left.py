"""How much of the promised time is left, in the vendor's business hours. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from torhaus.support.business_hours import Calendar, business_minutes_between

SOON = timedelta(hours=2)


class Urgency(StrEnum):
    """How urgent an answer is."""

    OVERDUE = "overdue"
    SOON = "soon"
    LATER = "later"


@dataclass(frozen=True)
class TimeLeft:
    """Business time until an answer is due; if ``urgency`` is overdue, since it was."""

    urgency: Urgency
    minutes: int

    @property
    def hours(self) -> int:
        """Whole hours of it."""
        return self.minutes // 60

    @property
    def rest(self) -> int:
        """Minutes beyond whole hours."""
        return self.minutes % 60


def time_left(due_at: datetime, now: datetime, calendar: Calendar) -> TimeLeft:
    """Give how long an answer that is due at ``due_at`` may still take, or is late."""
    if due_at <= now:
        return TimeLeft(Urgency.OVERDUE, business_minutes_between(due_at, now, calendar))
    urgency = Urgency.SOON if due_at - now <= SOON else Urgency.LATER
    return TimeLeft(urgency, business_minutes_between(now, due_at, calendar))
