"""Rules of list prices: what more of something costs until the end of the term, and from then on. Pure; net amounts."""

from dataclasses import dataclass
from datetime import date

from torhaus.subscriptions.rules import Term


@dataclass(frozen=True)
class Preview:
    """What ``added`` more units cost: ``now_cents`` for ``days`` of the ``of_days`` of the term, then all of them anew.

    Without an end of the term nothing is prorated: days and ``of_days`` are None. ``then_cents`` is None where no
    term follows.
    """

    added: int
    days: int | None
    of_days: int | None
    now_cents: int
    then_cents: int | None


def prorated_cents(cents: int, days: int, of_days: int) -> int:
    """Give the share of an amount for ``days`` of ``of_days``, rounded half up to whole cents.

    It is rounded once, for all units together, so that no unit's fraction is lost.
    """
    return (2 * cents * days + of_days) // (2 * of_days)


def preview_more(
    *, booked: int, total: int, first_cents: int, recurring_cents: int, term: Term, on: date, renews: bool
) -> Preview:
    """Give what it costs to have ``total`` instead of ``booked`` units from the day ``on`` of the term.

    ``first_cents`` and ``recurring_cents`` are those of one unit for one term, its first and the following ones.
    """
    added = total - booked
    then = total * recurring_cents if renews else None
    if term.ends_on is None:
        return Preview(added, None, None, added * first_cents, then)
    of_days = (term.ends_on - term.starts_on).days + 1
    days = min(of_days, max(0, (term.ends_on - on).days + 1))
    return Preview(added, days, of_days, prorated_cents(added * first_cents, days, of_days), then)
