"""Lines of a file that asks for seats: what each one says, by itself. Pure: what the contract says to it is planned."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from torhaus.core.csv_lines import CsvLine, one_line
from torhaus.seats.holders import Holder

LONGEST = {"name": 120, "mail": 190, "organisation": 120}
# The first is how our own files write a day, the second how German spreadsheets do.
_DAYS = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"),
    re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"),
)


class Why(StrEnum):
    """Why a line gets no seat."""

    KIND = "kind"
    MAIL_MISSING = "mail_missing"
    MAIL = "mail"
    MAIL_LETTERS = "mail_letters"
    NAME_MISSING = "name_missing"
    MAIL_OF_THING = "mail_of_thing"
    TOO_LONG = "too_long"
    CONTROL = "control"
    DAY = "day"
    END_PASSED = "end_passed"
    TWICE = "twice"
    NOT_CONVERTIBLE = "not_convertible"
    OTHER_HOLDER = "other_holder"
    SEAT_GONE = "seat_gone"


@dataclass(frozen=True)
class SeatLine:
    """What a line asks for; ``seat`` is set in a line of our own export. ``why``: it asks for nothing that can be."""

    number: int
    kind: str
    holder: Holder
    ends_on: date | None = None
    seat: str = ""
    why: Why | None = None


def seat_line(line: CsvLine, kinds: Mapping[str, str]) -> SeatLine:
    """Read a line; ``kinds`` lead from the keys and names of kinds (case folded) to their keys."""
    holder = Holder(line.cell("name"), line.cell("mail"), line.cell("organisation")).tidy()
    kind = kinds.get((line.cell("key") or line.cell("kind")).casefold(), "")
    ends_on, day_fits = _day(line.cell("ends_on"))
    why = _unfit(holder)
    if not kind:
        why = Why.KIND
    elif why is None and not day_fits:
        why = Why.DAY
    return SeatLine(line.number, kind, holder, ends_on, line.cell("seat")[:40], why)


def _unfit(holder: Holder) -> Why | None:
    if any(len(getattr(holder, field)) > most for field, most in LONGEST.items()):
        return Why.TOO_LONG
    if not one_line(holder.name + holder.mail + holder.organisation):
        return Why.CONTROL
    if holder.mail:
        try:
            validate_email(holder.mail)
        except ValidationError:
            return Why.MAIL
        if not holder.mail.isascii():
            return Why.MAIL_LETTERS
    return None


def _day(text: str) -> tuple[date | None, bool]:
    if not text:
        return None, True
    found = next((said for way in _DAYS if (said := way.fullmatch(text))), None)
    try:
        return (date(*map(int, found.group("year", "month", "day"))), True) if found else (None, False)
    except ValueError:
        return None, False
