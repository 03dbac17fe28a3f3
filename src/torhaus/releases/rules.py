"""Rules of versions and of who may fetch them. Pure.

Versions compare by their numbers (33 is after 1.19, B66). :func:`entitlement` alone decides
what a contract may fetch: pages, API and the door of the files all ask it.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from torhaus.core.versions import version_key
from torhaus.subscriptions.rules import Status


@dataclass(frozen=True)
class Requirement:
    """From which version to which something runs; empty is without bound on that side."""

    minimum: str = ""
    maximum: str = ""
    beyond_minimum: bool = False
    below_maximum: bool = False


class UnreadableRequirement(ValueError):
    """The text is no requirement of versions such as ``>= 1.11`` or ``1.11 - 2.0``."""


_VERSION = r"v?[0-9][0-9A-Za-z.+!_-]{0,39}"
_SPAN = re.compile(rf"({_VERSION})\s+-\s+({_VERSION})")
_BOUND = re.compile(rf"(>=|<=|==|=|>|<)?\s*({_VERSION})\s*(?:,|&&)?\s*")


def parse_requirement(text: str) -> Requirement:
    """Read ``>= 1.11``, ``1.11 - 2.0``, ``>=1.11, <2`` or ``1.11`` (which means: at least). Nothing and ``*`` mean any.

    Raises:
        UnreadableRequirement: it is something else, or no version can be within.
    """
    text = text.strip()
    if text in {"", "*"}:
        return Requirement()
    if span := _SPAN.fullmatch(text):
        return _possible(Requirement(span[1], span[2]), text)
    found, place = Requirement(), 0
    while place < len(text):
        bound = _BOUND.match(text, place)
        if bound is None or len(text) > 200:
            raise UnreadableRequirement(text[:200])
        found = _narrowed(found, bound[1] or ">=", bound[2])
        place = bound.end()
    return _possible(found, text)


def _narrowed(found: Requirement, sign: str, version: str) -> Requirement:
    low, high = sign in {">=", ">", "=", "=="}, sign in {"<=", "<", "=", "=="}
    minimum = (version, sign == ">") if low else (found.minimum, found.beyond_minimum)
    maximum = (version, sign == "<") if high else (found.maximum, found.below_maximum)
    return Requirement(minimum[0], maximum[0], minimum[1], maximum[1])


def _possible(found: Requirement, text: str) -> Requirement:
    if found.minimum and found.maximum:
        least, most = version_key(found.minimum), version_key(found.maximum)
        if least > most or (least == most and (found.beyond_minimum or found.below_maximum)):
            raise UnreadableRequirement(text[:200])
    return found


class Reason(StrEnum):
    """Why something may be fetched, or why not. The list is closed; the words are in ``frame/words.py``."""

    ACTIVE = "active"
    SECURITY = "security"
    BOOKED = "booked"
    FREE = "free"
    EVALUATION = "evaluation"
    NOT_BEGUN = "not_begun"
    SUSPENDED = "suspended"
    ENDED = "ended"
    MAINTENANCE_ENDED = "maintenance_ended"
    NOT_BOOKED = "not_booked"
    BOOKING_NOT_BEGUN = "booking_not_begun"
    BOOKING_ENDED = "booking_ended"
    OTHER_PRODUCT = "other_product"
    WITHDRAWN = "withdrawn"
    NOT_PUBLISHED = "not_published"


ALLOWING = frozenset({Reason.ACTIVE, Reason.SECURITY, Reason.BOOKED, Reason.FREE, Reason.EVALUATION})
# Of these a customer is not told that they exist.
HIDDEN = frozenset({Reason.OTHER_PRODUCT, Reason.WITHDRAWN, Reason.NOT_PUBLISHED})


@dataclass(frozen=True)
class Held:
    """What a contract is on the day it is asked: ``kind`` as the contract's, ``ended_on`` its last day if that is past."""

    product_id: int
    kind: str
    status: Status
    starts_on: date
    ended_on: date | None = None
    maintenance_until: date | None = None


class BookingState(StrEnum):
    """How an add-on stands in a contract."""

    NONE = "none"
    ENDED = "ended"
    UPCOMING = "upcoming"
    ACTIVE = "active"


@dataclass(frozen=True)
class Booked:
    """An add-on in a contract; ``on`` is the first day of one to come, the last of one that is over."""

    state: BookingState = BookingState.NONE
    on: date | None = None


@dataclass(frozen=True)
class Offered:
    """A version of the product, or of an add-on. ``product_id`` None: the add-on goes with any product."""

    product_id: int | None
    published_on: date
    published: bool = True
    withdrawn: bool = False
    security: bool = False
    add_on: bool = False
    free: bool = False


@dataclass(frozen=True)
class Entitlement:
    """The answer: yes or no, why, and the day it has to do with."""

    reason: Reason
    on: date | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may be fetched."""
        return self.reason in ALLOWING


def entitlement(held: Held, offered: Offered, booked: Booked | None = None) -> Entitlement:
    """Decide whether a contract may fetch a version. ``booked`` is how an add-on stands in the contract.

    In this order: what does not exist for the contract; security updates, which whoever has the
    product, or once had the add-on, gets for good, also when the contract is suspended or over
    (Regulation (EU) 2024/2847, Annex I part II no. 8: without delay and free of charge); the
    contract's own state; then plan, booking and maintenance. After its end a subscription or an
    evaluation gets security updates only: what it bought was use for a term, not a version. A
    perpetual licence bought versions: those published up to the last day of its maintenance.
    """
    booked = booked or Booked()
    if offered.product_id not in {None, held.product_id}:
        return Entitlement(Reason.OTHER_PRODUCT)
    if offered.withdrawn:
        return Entitlement(Reason.WITHDRAWN)
    if not offered.published:
        return Entitlement(Reason.NOT_PUBLISHED)
    if offered.security and (not offered.add_on or _ever_had(held, offered, booked)):
        return Entitlement(Reason.SECURITY)
    return _of_contract(held) or _of_add_on(held, offered, booked) or _of_maintenance(held, offered, booked)


def _ever_had(held: Held, offered: Offered, booked: Booked) -> bool:
    held_once = booked.state in {BookingState.ACTIVE, BookingState.ENDED}
    return offered.free or held.kind == "evaluation" or held_once


def _of_contract(held: Held) -> Entitlement | None:
    if held.status is Status.UPCOMING:
        return Entitlement(Reason.NOT_BEGUN, held.starts_on)
    if held.status is Status.SUSPENDED:
        return Entitlement(Reason.SUSPENDED)
    if held.status is Status.EXPIRED:
        return Entitlement(Reason.ENDED, held.ended_on)
    return None


def _of_add_on(held: Held, offered: Offered, booked: Booked) -> Entitlement | None:
    if not offered.add_on:
        return None
    if offered.free:
        return Entitlement(Reason.FREE)
    if booked.state is BookingState.ACTIVE:
        return None
    if held.kind == "evaluation":
        return Entitlement(Reason.EVALUATION)
    if booked.state is BookingState.UPCOMING:
        return Entitlement(Reason.BOOKING_NOT_BEGUN, booked.on)
    if booked.state is BookingState.ENDED:
        return Entitlement(Reason.BOOKING_ENDED, booked.on)
    return Entitlement(Reason.NOT_BOOKED)


def _of_maintenance(held: Held, offered: Offered, booked: Booked) -> Entitlement:
    until = held.maintenance_until
    if held.kind == "perpetual" and until is not None and offered.published_on > until:
        return Entitlement(Reason.MAINTENANCE_ENDED, until)
    reason = Reason.BOOKED if booked.state is BookingState.ACTIVE else Reason.ACTIVE
    return Entitlement(reason)
