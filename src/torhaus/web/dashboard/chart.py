"""The usage of twelve months as a line chart in SVG, without a single style attribute; its table stands beside it."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torhaus.core.texts import text_in
from torhaus.frame.formatting import number_text
from torhaus.usage.queries import MONTHS, Metered


@dataclass(frozen=True)
class Tick:
    """A line across the chart, ``y`` in percent from above."""

    y: str
    value: int


@dataclass(frozen=True)
class Month:
    """A month with its last reading; ``x`` and ``y`` in percent, ``label`` empty where none is shown below."""

    x: str
    y: str
    name: str
    value: int
    label: str
    anchor: str
    sparse: bool


@dataclass(frozen=True)
class Chart:
    """All that the template draws."""

    name: str
    alt: str
    ticks: list[Tick]
    limit: Tick | None
    months: list[Month]
    line: str
    area: str


def chart_of(meters: list[Metered], today: date) -> Chart | None:
    """Give the chart of the meter that is used most, or None where there are not two months to connect."""
    drawable = [one for one in meters if len(one.readings) > 1]
    if not drawable:
        return None
    return chart_of_meter(max(drawable, key=lambda metered: (metered.percent or 0, metered.used or 0)), today)


def chart_of_meter(one: Metered, today: date) -> Chart | None:
    """Give the chart of one meter, or None where there are not two months to connect."""
    if len(one.readings) < 2:
        return None
    highest = max([reading.quantity for reading in one.readings] + [one.total or 0, 1])
    step = _step(highest)
    top = highest * 1.12
    months = [_month(reading.on, reading.quantity, top, today) for reading in one.readings]
    points = " ".join(f"{month.x},{month.y}" for month in months)
    limit = Tick(_percent(1 - one.total / top), one.total) if one.total else None
    free_of = (one.total or 0) - step * 0.6, (one.total or 0) + step * 0.6
    ticks = [
        Tick(_percent(1 - value / top), value)
        for value in range(0, int(highest) + 1, step)
        if limit is None or not free_of[0] < value < free_of[1]
    ]
    return Chart(
        name=text_in(one.meter.name, (get_language() or "en")[:2]),
        alt=_alt(one),
        ticks=ticks,
        limit=limit,
        months=months,
        line=points,
        area=f"{months[0].x},100 {points} {months[-1].x},100",
    )


def _step(highest: int) -> int:
    """Give a round distance of grid lines: 1, 2 or 5 times a power of ten, about five lines in all."""
    power = 10 ** max(0, len(str(highest // 5)) - 1) if highest >= 5 else 1
    return next((power * factor for factor in (1, 2, 5) if power * factor * 5 >= highest), power * 10)


def _month(on: date, value: int, top: float, today: date) -> Month:
    place = MONTHS - 1 - ((today.year - on.year) * 12 + today.month - on.month)
    last = place == MONTHS - 1
    shown = (MONTHS - 1 - place) % 2 == 0
    return Month(
        x=_percent(place / (MONTHS - 1)),
        y=_percent(1 - value / top),
        name=f"{on:%m/%y}",
        value=value,
        label=f"{on:%m/%y}" if shown else "",
        anchor="end" if last else "start" if place == 0 else "middle",
        sparse=(MONTHS - 1 - place) % 4 != 0,
    )


def _percent(share: float) -> str:
    return f"{share * 100:.2f}"


def _alt(one: Metered) -> str:
    first, last = one.readings[0], one.readings[-1]
    values = {
        "meter": text_in(one.meter.name, (get_language() or "en")[:2]),
        "first": number_text(first.quantity),
        "last": number_text(last.quantity),
        "from": f"{first.on:%m/%y}",
        "to": f"{last.on:%m/%y}",
        "limit": number_text(one.total or 0),
    }
    if one.total is None:
        return _("%(meter)s: %(first)s in %(from)s, %(last)s in %(to)s.") % values
    return _("%(meter)s: %(first)s in %(from)s, %(last)s in %(to)s; the allowance is %(limit)s.") % values
