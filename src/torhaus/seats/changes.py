"""What happened to a contract's seats, as a feed: sealed records by cursor, so that none is left out or comes twice."""

from dataclasses import dataclass
from datetime import datetime

from torhaus.records.queries import SealedRecord, last_seal, sealed_since
from torhaus.subscriptions.models import Contract

# Every deed about seats; a test holds them against those there are.
DEEDS = (
    "assign_seat",
    "register_seat",
    "reassign_seat",
    "remove_second_factor",
    "permit_guests",
    "extend_seat",
    "release_seat",
    "end_temporary_seat",
    "report_seats",
)


class CursorUnknown(Exception):
    """The cursor lies behind the end of the chain: it is of another installation, or of one before a restore."""


@dataclass(frozen=True)
class Change:
    """A deed and the seats (references) it was about; ``deletes``: what a released seat owned is to be deleted."""

    sequence: int
    at: datetime
    deed: str
    seats: tuple[str, ...]
    deletes: bool


def seat_changes(contract: Contract, *, after: int, limit: int) -> list[Change]:
    """Give what happened behind the cursor ``after`` (the sequence of the last change one has), inside the scope.

    Raises:
        CursorUnknown: there was never such a change.
    """
    if after:
        end = last_seal()
        if end is None or after > end.sequence:
            raise CursorUnknown
    about = ("contract", contract.ref)
    return [_change(one) for one in sealed_since(after, deeds=DEEDS, subject=about, limit=limit)]


def _change(record: SealedRecord) -> Change:
    said = record.after
    seats = said.get("active") or [said["seat"]]
    return Change(record.sequence, record.at, record.deed, tuple(seats), bool(said.get("deletes", False)))
