"""The share answered in time, month by month, as a line chart in SVG; its table stands below it."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from torhaus.support.report import Report


@dataclass(frozen=True)
class Point:
    """A month with a share; ``x`` and ``y`` in percent of the picture, ``label`` empty where none is shown."""

    x: str
    y: str
    label: str
    anchor: str


@dataclass(frozen=True)
class Chart:
    """All that the template draws."""

    alt: str
    ticks: list[tuple[str, int]]
    points: list[Point]
    line: str
    area: str


def chart_of(report: Report) -> Chart | None:
    """Give the chart, or None where there are not two months to connect."""
    months = list(report.months)
    known = [
        (place, month, share) for place, month in enumerate(months) if (share := report.months[month].share) is not None
    ]
    if len(known) < 2:
        return None
    last = len(months) - 1
    points = [_point(place, month, share, last) for place, month, share in known]
    line = " ".join(f"{point.x},{point.y}" for point in points)
    (_a, first, before), (_b, newest, now) = known[0], known[-1]
    said = _("Answered in time: %(first)d %% in %(from)s, %(last)d %% in %(to)s.")
    return Chart(
        alt=said % {"first": before * 100, "from": _name(first), "last": now * 100, "to": _name(newest)},
        ticks=[(_percent(1 - value / 112), value) for value in (0, 25, 50, 75, 100)],
        points=points,
        line=line,
        area=f"{points[0].x},100 {line} {points[-1].x},100",
    )


def _point(place: int, month: date, share: float, last: int) -> Point:
    shown = (last - place) % 3 == 0
    anchor = "end" if place == last else "start" if place == 0 else "middle"
    return Point(_percent(place / last), _percent(1 - share * 100 / 112), _name(month) if shown else "", anchor)


def _name(month: date) -> str:
    return f"{month:%m/%y}"


def _percent(share: float) -> str:
    return f"{share * 100:.2f}"
