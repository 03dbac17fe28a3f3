"""Reads what a vendor says about its support: business hours, holidays, and what tickets can be about. Pure."""

from itertools import pairwise
from typing import Any

from torhaus.journeys.import_data import cells
from torhaus.support.business_hours import DAYS, minute_of

OFFICE_HOURS = {day: [["09:00", "17:00"]] for day in DAYS[:5]}
MOST_HOLIDAYS = 1000
MOST_REASONS = 30
NAME_LENGTH = 80
Span = tuple[int, int]


def read_hours(value: Any) -> dict[str, list[list[str]]]:
    """Read business hours by day: ``{"mon": "09:00-12:00, 13:00-17:00"}`` or lists; days without spans go."""
    if not isinstance(value, dict):
        raise cells.Unexpected('expected hours by day, e.g. { mon = "09:00-17:00" }')
    if unknown := [day for day in value if day not in DAYS]:
        raise cells.Unexpected(f"expected {', '.join(DAYS[:-1])} or {DAYS[-1]}, found {cells.shown(unknown[0])}")
    found = {day: _day(day, value[day]) for day in DAYS if day in value}
    return {day: [[_shown(first), _shown(end)] for first, end in spans] for day, spans in found.items() if spans}


def _day(day: str, value: Any) -> list[Span]:
    parts = [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if not isinstance(parts, list):
        raise cells.Unexpected(f"{day}: expected spans such as 09:00-17:00, found {cells.shown(value)}")
    spans = sorted(_span(day, part) for part in parts)
    for (_, end), (first, _) in pairwise(spans):
        if first < end:
            raise cells.Unexpected(f"{day}: expected spans one after the other, found two that overlap")
    return spans


def _span(day: str, value: Any) -> Span:
    ends = value.replace("\u2013", "-").split("-") if isinstance(value, str) else value
    if isinstance(ends, list) and len(ends) == 2:
        first, end = (minute_of(str(part).strip()) for part in ends)
        if first is not None and end is not None and first < end:
            return first, end
    raise cells.Unexpected(f"{day}: expected a span such as 09:00-17:00, found {cells.shown(value)}")


def _shown(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def read_holidays(value: Any) -> list[str]:
    """Read a list of days, in order, each once."""
    days = value.split("|") if isinstance(value, str) else value
    if not isinstance(days, list):
        raise cells.Unexpected(f"expected a list of days, found {cells.shown(value)}")
    if len(days) > MOST_HOLIDAYS:
        raise cells.Unexpected(f"expected at most {MOST_HOLIDAYS} days, found {len(days)}")
    return sorted({cells.read_day(day).isoformat() for day in days})


def read_reasons(value: Any) -> list[dict[str, Any]]:
    """Read what tickets can be about, in the order of the file: a name in each language by its key."""
    if not isinstance(value, dict):
        raise cells.Unexpected('expected names by key, e.g. { question = { de = "Frage", en = "Question" } }')
    if len(value) > MOST_REASONS:
        raise cells.Unexpected(f"expected at most {MOST_REASONS} reasons, found {len(value)}")
    found = [
        {"key": cells.read_key(key, most=40), "name": cells.read_texts(name, most=NAME_LENGTH)}
        for key, name in value.items()
    ]
    if bare := [reason["key"] for reason in found if not reason["name"]]:
        raise cells.Unexpected(f"{bare[0]}: expected a name, found nothing")
    return found
