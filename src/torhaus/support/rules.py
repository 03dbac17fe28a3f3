"""Rules of tickets: whose turn it is, how long a text may be, what a number looks like, how one searches. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_BODY = 10_000
MAX_SUBJECT = 160
REOPEN_WITHIN = timedelta(days=30)
# Controls but tab and line break, and marks that turn text around unseen.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class State(StrEnum):
    """Whose turn it is in a ticket."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"
    MERGED = "merged"


class Said(StrEnum):
    """What a message is for the ticket's state."""

    BY_CUSTOMER = "by_customer"
    BY_STAFF = "by_staff"
    NOTE = "note"  # internal: changes nothing a customer would see


class BodyEmpty(ValueError):
    """Nothing was written."""


class BodyTooLong(ValueError):
    """More than MAX_BODY characters were written."""


class TicketClosed(ValueError):
    """The ticket was closed too long ago to go on, or was merged: a new one has to be opened."""


@dataclass(frozen=True)
class Turn:
    """How a ticket stands after a message. ``clock_starts``: the vendor's time to answer begins now."""

    state: State
    clock_starts: bool = False


def turn_after(said: Said, *, state: State, closed_at: datetime | None, now: datetime) -> Turn:
    """Give how a ticket stands once something was said in it.

    Raises:
        TicketClosed: a customer writes into one that is merged, or was closed more than 30 days ago.
    """
    if said is Said.NOTE:
        return Turn(state)
    if state is State.MERGED:
        raise TicketClosed
    if said is Said.BY_STAFF:
        return Turn(State.WAITING)
    if state is State.CLOSED and not may_reopen(state, closed_at, now):
        raise TicketClosed
    return Turn(State.OPEN, clock_starts=state is not State.OPEN)


def may_reopen(state: State, closed_at: datetime | None, now: datetime) -> bool:
    """Whether a closed ticket may still go on."""
    return state is State.CLOSED and closed_at is not None and now - closed_at <= REOPEN_WITHIN


def plain_lines(text: str) -> str:
    """Give ``text`` with plain line breaks, as a browser counts them in a text area."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def body_length(text: str) -> int:
    """Give how long a text is as a browser counts it for ``maxlength`` (HTML, "length" of the API value).

    A line break is one character, an emoji outside the basic plane two (UTF-16 code units), so that
    page, server and mail draw the line at the same place.
    """
    return len(plain_lines(text).encode("utf-16-le", "surrogatepass")) // 2


def clean_body(text: str) -> str:
    """Give a text as it is kept: plain line breaks, nothing unseen, no blank lines around it.

    Raises:
        BodyTooLong: it has more than MAX_BODY characters.
        BodyEmpty: nothing is left.
    """
    if body_length(text) > MAX_BODY:
        raise BodyTooLong
    lines = [line.rstrip() for line in _UNSEEN.sub("", plain_lines(text)).split("\n")]
    clean = "\n".join(lines).strip("\n")
    if not clean.strip():
        raise BodyEmpty
    return clean


def subject_from(words: str) -> str:
    """Give a one-line subject of at most MAX_SUBJECT characters, cut between words and marked as cut."""
    line = " ".join(_UNSEEN.sub(" ", words).split())
    if len(line) <= MAX_SUBJECT:
        return line
    cut = line[: MAX_SUBJECT - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > MAX_SUBJECT // 2 else cut) + "…"


def ticket_number(year: int, count: int) -> str:
    """Give the number of the ``count``-th ticket of a year: T-2026-00001."""
    return f"T-{year}-{count:05d}"


def folded(text: str) -> str:
    """Give ``text`` as searches compare it: small letters, ä as ae, ß as ss, other accents dropped."""
    small = unicodedata.normalize("NFC", text).casefold().translate(_UMLAUTS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", small) if not unicodedata.combining(c))
    return " ".join(bare.split())


def search_terms(text: str, most: int = 8) -> list[str]:
    """Give the words somebody searches for, folded, at most ``most`` of them."""
    return list(dict.fromkeys(_UNSEEN.sub(" ", folded(text[:400])).split()))[:most]
