"""Rules of education terms: how long a mark holds, when the customer is told of its end, what it takes off. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from torhaus.subscriptions.price_rules import Preview
from torhaus.subscriptions.rules import add_months, plus_days

# So many days before the end of a mark its customer is told to bring a new proof.
STAGES = (60, 30, 7)
RECHECK = timedelta(days=max(STAGES))
# So long a proof is kept after the decision, for whoever asks why it went so; then it is forgotten.
PROOF_KEPT = timedelta(days=90)
# So long a proof waits for a decision; nobody needs it for longer (storage limitation, Art. 5(1)(e) GDPR).
OPEN_PROOF_KEPT = timedelta(days=180)
# § 257(4), (5) HGB, § 147(3), (4) AO: on what terms were agreed is kept six years from the end of the decision's year.
TERMS_YEARS = 6
MOST_MONTHS = 24


def holds(starts_on: date | None, ends_on: date | None, day: date) -> bool:
    """Whether a mark counts on a day; both ends included."""
    return starts_on is not None and ends_on is not None and starts_on <= day <= ends_on


def stage_due(ends_on: date, told: int | None, today: date) -> int | None:
    """Give the stage (days before the end) to tell of today, None if there is nothing new to tell.

    Of several that were passed meanwhile only the last one is told, and none after the end.
    """
    left = (ends_on - today).days
    passed = [stage for stage in STAGES if 0 <= left <= stage]
    return min(passed) if passed and (told is None or min(passed) < told) else None


def usual_end(today: date, ends_on: date | None) -> date:
    """Give the last day of a mark that is granted today: a year, after the one that still holds if there is one.

    It is never later than what can be granted.
    """
    start = plus_days(ends_on, 1) if ends_on is not None and ends_on >= today else today
    return min(plus_days(add_months(start, 12), -1), last_end(today))


def last_end(today: date) -> date:
    """Give the latest last day that can be granted: what is checked anew each year is not granted for many."""
    return add_months(today, MOST_MONTHS)


def less(cents: int, percent: int) -> int:
    """Give an amount less so many percent, rounded half up to whole cents."""
    return (2 * cents * (100 - percent) + 100) // 200


@dataclass(frozen=True)
class Reduction:
    """What a mark takes off a price by the list: ``percent`` now, ``then_percent`` from the next term on.

    ``until`` is the mark's last day: a term that begins after it is without anything off.
    """

    percent: int = 0
    then_percent: int = 0
    until: date | None = None

    def now_cents(self, preview: Preview) -> int:
        """Give what is to pay until the end of the term."""
        return less(preview.now_cents, self.percent)

    def then_cents(self, preview: Preview) -> int | None:
        """Give what is to pay for each following term, None where none follows."""
        return None if preview.then_cents is None else less(preview.then_cents, self.then_percent)


@dataclass(frozen=True)
class EarlierEnd:
    """What it does to prices that a mark ends earlier: from ``list_from`` on the list price counts.

    ``next_was_less``: with its former last day it would have taken something off the next term; ``keeps_next``: with
    the new one it does.
    """

    last_day: date
    list_from: date
    next_term_on: date | None
    next_was_less: bool
    keeps_next: bool


def earlier_end(*, percent: int, ends_on: date, last_day: date, next_term_on: date | None) -> EarlierEnd:
    """Give what it does that a mark, which holds today until ``ends_on``, ends with ``last_day`` already."""
    was, still = (reduction(percent, day, next_term_on).then_percent > 0 for day in (ends_on, last_day))
    return EarlierEnd(last_day, plus_days(last_day, 1), next_term_on, was, still)


def reduction(percent: int, ends_on: date, next_term_on: date | None) -> Reduction:
    """Give what a mark that holds today takes off: of the next term only if it still holds on its first day."""
    return Reduction(percent, percent if next_term_on is not None and next_term_on <= ends_on else 0, ends_on)
