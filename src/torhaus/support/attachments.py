"""Takes files that come with a message: examines each, has it scanned, and stores all of them or none.

It runs before the deed, outside any transaction: a scanner may take a minute, and nobody else could
write meanwhile. Without its deed a stored file is mere bytes that nothing leads to, and goes after two days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings

from torhaus.core import clock
from torhaus.core.storage import file_store
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.records.models import ActorKind
from torhaus.subscriptions.models import Contract
from torhaus.support.adapters.scanning import Verdict, scan
from torhaus.support.desk import attached_since_across_customers
from torhaus.support.file_kinds import MOST_FILES, TOGETHER, Kind, clean_name, kind_of
from torhaus.support.messages import NewFile

PIECE = 64 * 1024
# As many messages with as much as one may hold; what is attached beyond that within 24 hours is refused.
MESSAGES_A_DAY = 10
_MIB = 1024 * 1024


class Why(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOGETHER_TOO_LARGE = "together_too_large"
    TOO_MUCH_TODAY = "too_much_today"
    KIND = "kind"
    CONTENT = "content"
    INFECTED = "infected"
    NOT_CHECKED = "not_checked"
    NOT_STORED = "not_stored"


@dataclass(frozen=True)
class Refusal:
    """A file that is not taken, by its clean name, and why; ``said`` is the scanner's word.

    ``place`` is where it stands among those offered, because several may have one name; -1 if it was not among them.
    """

    name: str
    why: Why
    said: str = ""
    place: int = -1


class FilesRefused(Exception):
    """Files are not taken, so that none is; ``refusals`` says which and why."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(", ".join(f"{one.name}: {one.why}" for one in refusals))
        self.refusals = tuple(refusals)


@dataclass(frozen=True)
class Offered:
    """A file somebody wants to attach: what they call it, and where it lies meanwhile."""

    name: str
    path: Path


def largest_file() -> int:
    """Give how many bytes one file may have."""
    return int(settings.OPTIONS.attachment_max_mib) * _MIB


def largest_together() -> int:
    """Give how many bytes the files of one message may have together."""
    return TOGETHER * largest_file()


def largest_in_a_day() -> int:
    """Give how many bytes customers may attach to the tickets of one contract within 24 hours."""
    return MESSAGES_A_DAY * largest_together()


def take_files(offered: Sequence[Offered], *, contract: Contract, by: Actor) -> list[NewFile]:
    """Examine, scan and store files; give what is to be attached. An infected one leaves a record.

    Raises:
        FilesRefused: at least one is not taken; none is stored.
    """
    kinds = _examined(offered)
    if offered and by.kind != ActorKind.STAFF:
        _refuse_too_much_today(offered, contract)
    _scan(offered, contract=contract, by=by)
    try:
        return [_store(one, kind) for one, kind in zip(offered, kinds, strict=True)]
    except OSError as error:
        raise FilesRefused([_refusal(offered, place, Why.NOT_STORED) for place in range(len(offered))]) from error


def _examined(offered: Sequence[Offered]) -> list[Kind]:
    places = range(len(offered))
    refusals = [_refusal(offered, place, why) for place in places[:MOST_FILES] if (why := _fault(offered[place]))]
    refusals += [_refusal(offered, place, Why.TOO_MANY) for place in places[MOST_FILES:]]
    if not refusals and sum(_size(one) for one in offered) > largest_together():
        refusals = [_refusal(offered, places[-1], Why.TOGETHER_TOO_LARGE)]
    if refusals:
        raise FilesRefused(refusals)
    return [kind for one in offered if (kind := kind_of(clean_name(one.name)))]


def _refuse_too_much_today(offered: Sequence[Offered], contract: Contract) -> None:
    """Refuse the files for which there is no room: it bounds what a customer can fill a disk with."""
    refusals, since = [], clock.now() - timedelta(days=1)
    room = largest_in_a_day() - attached_since_across_customers(contract.pk, since)
    for place, one in enumerate(offered):
        if _size(one) > room:
            refusals.append(_refusal(offered, place, Why.TOO_MUCH_TODAY))
        else:
            room -= _size(one)
    if refusals:
        raise FilesRefused(refusals)


def _refusal(offered: Sequence[Offered], place: int, why: Why, said: str = "") -> Refusal:
    return Refusal(clean_name(offered[place].name), why, said, place)


def _size(one: Offered) -> int:
    return one.path.stat().st_size


def _fault(one: Offered) -> Why | None:
    size, kind = _size(one), kind_of(clean_name(one.name))
    if kind is None:
        return Why.KIND
    if not size:
        return Why.EMPTY
    if size > largest_file():
        return Why.TOO_LARGE
    return None if kind.fits(_pieces(one.path)) else Why.CONTENT


def _scan(offered: Sequence[Offered], *, contract: Contract, by: Actor) -> None:
    command = settings.OPTIONS.scan_command.strip()
    found = list(enumerate([scan(one.path, command) for one in offered] if command else []))
    infected = [(place, scanned) for place, scanned in found if scanned.verdict is Verdict.INFECTED]
    if infected:
        refusals = [_refusal(offered, place, Why.INFECTED, scanned.said) for place, scanned in infected]
        refuse_attachment(contract=contract, refusals=refusals, by=by)
        raise FilesRefused(refusals)
    if unknown := [place for place, scanned in found if scanned.verdict is Verdict.NOT_NOW]:
        raise FilesRefused([_refusal(offered, place, Why.NOT_CHECKED) for place in unknown])


@deed("refuse_attachment")
def refuse_attachment(*, contract: Contract, refusals: Sequence[Refusal], by: Actor) -> None:
    """Record that files were refused because the virus check objected to them."""
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number, "files": len(refusals), "found": [one.said for one in refusals]},
        personal={"files": "\n".join(one.name for one in refusals)},
    )


def _store(one: Offered, kind: Kind) -> NewFile:
    stored = file_store().put(_pieces(one.path))
    return NewFile(clean_name(one.name), kind.content_type, stored.size, stored.key)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
