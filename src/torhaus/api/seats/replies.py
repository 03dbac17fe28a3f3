"""What the API answers about seats: one model for each answer, from which the OpenAPI document is made."""

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from torhaus.api.replies import Count, Instant, Ref, Reply, instant_text
from torhaus.seats.changes import BOOKING_DEEDS, DEEDS, Change
from torhaus.seats.models import Seat

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]


class SeatSaid(Reply):
    """A seat and its holder. Its `ref` stays the same when it is reassigned: let data be owned by it."""

    ref: Ref
    kind: str
    state: Annotated[Literal["initiated", "active"], Field(description="active: the product has seen the holder.")]
    name: str
    mail: str
    organisation: str
    ends_on: Day | None
    created_by: Ref | None
    assigned_at: Instant
    last_seen_at: Instant | None
    owned_bytes: Count
    invited_bytes: Annotated[Count, Field(description="What others own and share with the seat.")]
    second_factor: Annotated[bool, Field(description="The holder has one; an administrator may have it removed.")]
    may_create_guests: Annotated[bool, Field(description="Whether guests may be created on the holder's behalf.")]


class Assigned(Reply):
    """The seat as it stands now."""

    seat: SeatSaid


class SeatReleased(Reply):
    """A seat that is free. `deletes`: the product is to delete what it owned; else that stays."""

    seat: Ref
    released: bool
    deletes: bool


class BookingLinkMade(Reply):
    """An address for the holder's browser. It opens nothing by itself: whoever follows it signs in to the portal."""

    url: str
    ends_at: Instant


class SeatsKept(Reply):
    """How many seats were brought up to date."""

    kept: Count


class Seats(Reply):
    """Seats that are held, in the order of their assignment; `next` is the value of `after` for more of them."""

    seats: list[SeatSaid]
    next: Ref | None


class BookedSeats(Reply):
    """How many seats of each kind are booked from a day on, with those that follow in a plan."""

    on: Day
    seats: Annotated[dict[str, Count], Field(description="By the key of the kind; 0 where none is booked any more.")]


class SeatEvent(Reply):
    """Something that happened. Read the seats anew; a deed you do not know is one more reason to."""

    sequence: Count
    at: Instant
    deed: Annotated[
        str,
        Field(
            description=f"{', '.join(DEEDS)} (holders were seen for the first time); of what is booked "
            f"{', '.join(BOOKING_DEEDS)}; new ones may come."
        ),
    ]
    seats: list[Ref]
    deletes: Annotated[bool, Field(description="Delete what the seat owned.")]
    booked: Annotated[
        list[BookedSeats],
        Field(
            description="Of a deed that books: what is booked from its day on, and from each later one that changes it, "
            "as the day after a contract's last. What a plan brings is seen in the account where the catalogue changes it."
        ),
    ]


class SeatChanges(Reply):
    """A page of what happened, in its order. Keep `cursor` when all of it is done: it is the next `after`."""

    events: list[SeatEvent]
    cursor: Count
    more: Annotated[bool, Field(description="Ask again at once; there is more already.")]


class Named(Reply):
    """Something of the catalogue, with its name in the language of the request."""

    key: str
    name: str


class SeatsOfKind(Reply):
    """How a kind of seat stands. `invited` are those of `used` whose holder was not seen yet."""

    key: str
    name: str
    personal: Annotated[bool, Field(description="Held by a person with a mail address; else by a thing with a name.")]
    release_deletes: Annotated[bool, Field(description="Releasing deletes what the seat owns.")]
    booked: Count
    used: Count
    invited: Count
    available: Count
    over: Annotated[Count, Field(description="How many more are used than booked.")]
    owned_bytes: Count


class TermSaid(Reply):
    """The running term; without an end it is unlimited."""

    months: Count | None
    starts_on: Day
    ends_on: Day | None
    auto_renews: bool
    notice_days: Count
    cancel_by: Annotated[
        Day | None, Field(description="Last day to cancel; null if it ends by itself, or is cancelled.")
    ]


class EducationSaid(Reply):
    """Education terms that hold today: for which group, since when, and their last day."""

    key: str
    name: str
    starts_on: Day
    ends_on: Day


class Account(Reply):
    """The account status: what is booked, used and free, and until when."""

    contract: str
    customer: str
    kind: str
    state: Literal["upcoming", "active", "ending", "suspended", "expired"]
    plans: list[Named]
    term: TermSaid
    education: EducationSaid | None
    seats: list[SeatsOfKind]


def change_said(change: Change) -> dict[str, Any]:
    """Give a change as the API says it."""
    return {
        "sequence": change.sequence,
        "at": instant_text(change.at),
        "deed": change.deed,
        "seats": list(change.seats),
        "deletes": change.deletes,
        "booked": [{"on": one.on.isoformat(), "seats": dict(one.seats)} for one in change.booked],
    }


def seat_said(seat: Seat) -> dict[str, Any]:
    """Give a seat as the API says it."""
    return {
        "ref": seat.ref,
        "kind": seat.kind.key,
        "state": str(seat.state),
        "name": seat.name,
        "mail": seat.mail,
        "organisation": seat.organisation,
        "ends_on": seat.ends_on.isoformat() if seat.ends_on else None,
        "created_by": seat.created_by.ref if seat.created_by else None,
        "assigned_at": instant_text(seat.assigned_at),
        "last_seen_at": instant_text(seat.last_seen_at) if seat.last_seen_at else None,
        "owned_bytes": seat.owned_bytes,
        "invited_bytes": seat.invited_bytes,
        "second_factor": seat.second_factor,
        "may_create_guests": seat.may_create_guests,
    }
