"""How often an installation asked in the last 30 days, as bars in SVG; the table stands beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import ngettext

from torhaus.frame.formatting import day_text, number_text

DAYS = 30
_WIDTH = 100 / DAYS


@dataclass(frozen=True)
class Bar:
    """A day with its calls; places and sizes in percent."""

    on: date
    calls: int
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class CallsChart:
    """All that the template draws."""

    alt: str
    most: int
    bars: list[Bar]
    first: str
    last: str


def calls_chart(days: Sequence[tuple[date, int]], today: date) -> CallsChart | None:
    """Give the chart of the last 30 of the vendor’s days, or None where there was no call at all."""
    first = today - timedelta(days=DAYS - 1)
    shown = [(on, calls) for on, calls in days if first <= on <= today and calls]
    if not shown:
        return None
    most = max(calls for _on, calls in shown)
    total = sum(calls for _on, calls in shown)
    said = ngettext("%(n)s call since %(day)s", "%(n)s calls since %(day)s", total)
    return CallsChart(
        alt=said % {"n": number_text(total), "day": day_text(first)},
        most=most,
        bars=[_bar(on, calls, first, most) for on, calls in shown],
        first=day_text(first),
        last=day_text(today),
    )


def _bar(on: date, calls: int, first: date, most: int) -> Bar:
    height = max(2.0, calls / most * 100)
    return Bar(
        on=on,
        calls=calls,
        x=f"{(on - first).days * _WIDTH + _WIDTH * 0.15:.2f}",
        y=f"{100 - height:.2f}",
        width=f"{_WIDTH * 0.7:.2f}",
        height=f"{height:.2f}",
    )
