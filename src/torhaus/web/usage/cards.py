"""A meter as pages show it: how it stands, its twelve months, and which sources use how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from torhaus.frame.words import Look
from torhaus.usage.queries import Metered
from torhaus.web.dashboard.chart import Chart, chart_of_meter
from torhaus.web.usage.words import look_of


@dataclass(frozen=True)
class SourceRow:
    """An installation and how much of a meter it uses; ``ref`` is empty where it has no page."""

    ref: str
    name: str
    quantity: int
    at: datetime


@dataclass(frozen=True)
class MeterCard:
    """A meter as the page shows it. ``more`` is how many sources are not listed, ``beyond`` what happens then."""

    metered: Metered
    look: Look | None
    chart: Chart | None
    sources: Sequence[SourceRow] = ()
    more: int = 0
    beyond: str = ""


def card_of(
    one: Metered, today: date, *, sources: Sequence[SourceRow] = (), more: int = 0, beyond: str = ""
) -> MeterCard:
    """Give the card of a meter."""
    return MeterCard(one, look_of(one), chart_of_meter(one, today), sources, more, beyond)
