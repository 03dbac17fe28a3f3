"""Recent activity in plain words: one sentence a deed. Of the vendor's people it says "our staff" and no more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from torhaus.records.models import ActorKind, Record
from torhaus.web.activity.words import BY_ANYBODY, BY_STAFF, deed_text

READ, SHOWN = 40, 6


@dataclass(frozen=True)
class Happening:
    """A deed, or several alike of one day, as the customer reads it."""

    text: str
    at: datetime
    times: int


def happenings(records: Iterable[Record], contract_ref: str, contract_number: str = "") -> list[Happening]:
    """Put the records into words, newest first; what concerns other contracts of the customer is left out.

    So is what staff do with a ticket among themselves: nobody outside is to see that a note was written.
    """
    found: list[Happening] = []
    for record in records:
        if record.subject_kind == "contract" and record.subject_ref != contract_ref:
            continue
        if record.subject_kind == "ticket" and not _of_ticket(record, contract_number):
            continue
        text = deed_text(record)
        last = found[-1] if found else None
        if last is not None and last.text == text and _day(last.at) == _day(record.at):
            found[-1] = Happening(text, last.at, last.times + 1)
        else:
            found.append(Happening(text, record.at, 1))
    return found[:SHOWN]


def _of_ticket(record: Record, contract_number: str) -> bool:
    known = BY_STAFF if record.actor_kind == ActorKind.STAFF else BY_ANYBODY
    return record.deed in known and record.after.get("contract") == contract_number


def _day(instant: datetime) -> object:
    return timezone.localtime(instant).date()
