"""Business hours and the promise of a support package, in words."""

from itertools import groupby
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from torhaus.frame.formatting import number_text
from torhaus.support.business_hours import Calendar


def promise_words(response_hours: int, calendar: Calendar) -> str:
    """Say how fast an answer comes: in business hours, or in hours where support never closes."""
    if calendar.always:
        text = ngettext("within %(hours)s hour", "within %(hours)s hours", response_hours)
    else:
        text = ngettext("within %(hours)s business hour", "within %(hours)s business hours", response_hours)
    return text % {"hours": number_text(response_hours)}


def hours_words(calendar: Calendar) -> list[str]:
    """Give the business hours line by line; neighbouring days with the same hours share one."""
    if calendar.always:
        return [_("Around the clock")]
    lines = []
    for spans, days in groupby(enumerate(calendar.hours), key=lambda day: day[1]):
        if spans:
            times = ", ".join(f"{_clock(first)}–{_clock(end)}" for first, end in spans)
            lines.append(_("%(days)s, %(times)s") % {"days": _days([number for number, _ in days]), "times": times})
    return lines


def _days(numbers: list[int]) -> str:
    names: Any = WEEKDAYS
    if len(numbers) == 1:
        return str(names[numbers[0]])
    return _("%(first)s to %(last)s") % {"first": names[numbers[0]], "last": names[numbers[-1]]}


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"
