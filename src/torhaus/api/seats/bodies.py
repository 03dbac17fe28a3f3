"""What products say of seats: who holds one, who takes it over, when holders were seen."""

from typing import Annotated

from django.utils.translation import gettext_noop as _
from pydantic import Field

from torhaus.api.bodies import Body, Day, Instant, Key, Reference, Text120, Whole

REPORT_LIMIT = 262_144
# As browsers take addresses (WHATWG), with a dot in the domain.
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
MAIL = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL}){{1,5}}$"

MailAddress = Annotated[str, Field(min_length=6, max_length=190, pattern=MAIL)]
SeatRef = Annotated[Reference, Field(description=_("Reference of the seat, as “assign” gave it."))]


class HolderSaid(Body):
    """Who or what holds a seat."""

    name: Annotated[
        Text120 | None, Field(description=_("What people call the holder; a thing, such as a data room, needs one."))
    ] = None
    mail: Annotated[
        MailAddress | None, Field(description=_("Mail address of a person; kept in small letters. A thing has none."))
    ] = None
    organisation: Annotated[Text120 | None, Field(description=_("Organisation the person works for."))] = None


class AssignSeatBody(HolderSaid):
    """``POST seats/assign``: somebody, or something, gets a seat."""

    kind: Annotated[Key, Field(description=_("Key of the kind of seat; “GET account” lists them."))]
    ends_on: Annotated[Day | None, Field(description=_("Last day of a temporary seat; without it the seat stays."))] = (
        None
    )
    created_by: Annotated[
        Reference | None,
        Field(description=_("Seat of the person who asked for it, such as a guest’s host, who may create guests.")),
    ] = None


class ReassignSeatBody(HolderSaid):
    """``POST seats/reassign``: another holder takes over a seat, and with it what it owns."""

    seat: SeatRef


class ReleaseSeatBody(Body):
    """``POST seats/release``: the seat becomes free."""

    seat: SeatRef


class ExtendSeatBody(Body):
    """``POST seats/extend``: a temporary seat ends on another day, or stays."""

    seat: SeatRef
    ends_on: Annotated[Day | None, Field(description=_("The new last day; without it the seat stays."))] = None


class BookingLinkBody(Body):
    """``POST booking-links``: a holder is led to the page where more is booked."""

    seat: SeatRef
    kind: Annotated[Key | None, Field(description=_("Key of the kind of seat that the page offers first."))] = None


class SeatSeenBody(Body):
    """What the product says of one seat."""

    seat: SeatRef
    last_seen_at: Annotated[
        Instant | None, Field(description=_("When the holder used the product last; later than now counts as now."))
    ] = None
    owned_bytes: Annotated[
        Whole | None, Field(description=_("How many bytes the seat owns; what others own and share is not counted."))
    ] = None
    invited_bytes: Annotated[
        Whole | None, Field(description=_("How many bytes others own and share with the seat; shown beside its own."))
    ] = None
    second_factor: Annotated[
        bool | None,
        Field(
            description=_(
                "Whether the product asks the holder for a second factor; until it is removed, the seat is not reassigned."
            )
        ),
    ] = None


class ReportSeatsBody(Body):
    """``POST seats/report``: when holders were seen, and how much their seats own. All of it is kept, or none."""

    seats: Annotated[list[SeatSeenBody], Field(min_length=1, max_length=1000)]
