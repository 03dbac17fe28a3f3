"""Seats and the account status as the server tells them: who holds what, and what is booked, used and free."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

__all__ = [
    "Account",
    "BookedSeats",
    "BookingLink",
    "Education",
    "FreedSeat",
    "Plan",
    "Seat",
    "SeatEvent",
    "SeatKind",
    "SeatPage",
    "SeatReport",
    "SeatsChanged",
    "Term",
]


@dataclass(frozen=True)
class Seat:
    """A seat and its holder. Let data be owned by ``ref``: it stays when the seat is reassigned (B87)."""

    ref: str
    kind: str
    state: str  # "initiated" until the product has reported that it saw the holder, then "active" (B103)
    name: str = ""
    mail: str = ""
    organisation: str = ""
    ends_on: date | None = None
    created_by: str = ""
    assigned_at: datetime | None = None
    last_seen_at: datetime | None = None
    owned_bytes: int = 0
    invited_bytes: int = 0  # what others own and share with it; counts for nobody else (B100)
    second_factor: bool = False  # once False again, as an administrator wants: let the holder sign in without (B89)
    may_create_guests: bool = True  # whether guests may be created on the holder's behalf (B104)

    @property
    def temporary(self) -> bool:
        """Whether it ends by itself."""
        return self.ends_on is not None


@dataclass(frozen=True)
class SeatPage:
    """Some of the seats that are held, in the order of their assignment; ``after`` is empty on the last page."""

    seats: tuple[Seat, ...]
    after: str = ""


@dataclass(frozen=True)
class FreedSeat:
    """A seat that is free again. ``deletes``: delete what it owned (B83); else that stays (B84)."""

    ref: str
    deletes: bool


@dataclass(frozen=True)
class SeatReport:
    """What the product says of a seat: when its holder was seen last, what it owns and uses. None is not said.

    As long as ``second_factor`` is True (TOTP or the like in the product), the seat is not reassigned (B89).
    """

    seat: str
    last_seen_at: datetime | None = None
    owned_bytes: int | None = None
    invited_bytes: int | None = None
    second_factor: bool | None = None


@dataclass(frozen=True)
class BookingLink:
    """An address in the portal for a holder's browser: it works once, until ``ends_at``, and asks to sign in there."""

    url: str
    ends_at: datetime


@dataclass(frozen=True)
class BookedSeats:
    """How many seats of each kind (key) are booked from a day on, with those that follow in a plan (B79)."""

    on: date
    seats: Mapping[str, int]


@dataclass(frozen=True)
class SeatEvent:
    """Something that happened to ``seats`` (references); ``deed`` says what, such as ``release_seat``.

    ``sequence`` only grows. With ``deletes`` the product deletes what the seat owned. A deed it does not know is one
    more reason to read the seat anew. Of a deed that books, such as ``add_booking``, ``booked`` gives the new totals from
    its day on, and from each later one that changes them, as the day after the last of a contract that ends; there is
    no need to ask for the account, but for what a plan brings: where the catalogue changes it, no event says so.
    """

    sequence: int
    at: datetime
    deed: str
    seats: tuple[str, ...]
    deletes: bool
    booked: tuple[BookedSeats, ...] = ()


@dataclass(frozen=True)
class SeatsChanged:
    """A page of what happened, in its order. Keep ``cursor`` once all is done; the next page begins behind it."""

    events: tuple[SeatEvent, ...]
    cursor: int
    more: bool


@dataclass(frozen=True)
class SeatKind:
    """How a kind of seat stands (B76). ``invited`` are those of ``used`` whose holder was not seen yet."""

    key: str
    name: str
    personal: bool  # held by a person with a mail address, else by a thing with a name
    release_deletes: bool  # releasing one deletes what it owns
    booked: int
    used: int
    invited: int
    available: int
    over: int
    owned_bytes: int


@dataclass(frozen=True)
class Term:
    """The running term; without an end it is unlimited. ``cancel_by`` is the last day to cancel, if one can."""

    starts_on: date
    ends_on: date | None
    months: int | None
    auto_renews: bool
    notice_days: int
    cancel_by: date | None


@dataclass(frozen=True)
class Plan:
    """A booked plan."""

    key: str
    name: str


@dataclass(frozen=True)
class Education:
    """Education terms that hold today: for which group, since when, and their last day."""

    key: str
    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Account:
    """The account status: package, term, and of each kind of seat what is booked, used and free."""

    contract: str
    customer: str
    kind: str
    state: str
    plans: tuple[Plan, ...]
    term: Term
    seats: tuple[SeatKind, ...]
    education: Education | None = None

    def of_kind(self, key: str) -> SeatKind | None:
        """Give how the kind of seat with this key stands, None if the contract neither books nor uses it."""
        return next((one for one in self.seats if one.key == key), None)

    @property
    def owned_bytes(self) -> int:
        """What the seats own together; what others own and share with them is not counted (B100)."""
        return sum(one.owned_bytes for one in self.seats)
