"""The operations of the API: one table, from which the OpenAPI document and the page for readers are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from torhaus.api import examples
from torhaus.api.bodies import (
    BODY_LIMIT,
    USAGE_LIMIT,
    ActivateBody,
    Body,
    DeactivateBody,
    HeartbeatBody,
    OfflineLicenceBody,
    UsageBody,
    ValidateBody,
)
from torhaus.api.downloads.replies import Downloads
from torhaus.api.replies import Activated, Answer, Deactivated, Licences, OfflineLicence, Reply, Status, UsageKept
from torhaus.api.seats import examples as of_seats
from torhaus.api.seats.bodies import (
    REPORT_LIMIT,
    AssignSeatBody,
    BookingLinkBody,
    ExtendSeatBody,
    ReassignSeatBody,
    ReleaseSeatBody,
    ReportSeatsBody,
)
from torhaus.api.seats.replies import Account, Assigned, BookingLinkMade, SeatChanges, SeatReleased, Seats, SeatsKept

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Parameter:
    """A parameter of the address."""

    name: str
    text: "_StrPromise | str"
    schema: Mapping[str, Any]
    example: str


@dataclass(frozen=True)
class Operation:
    """An operation: where it is, what it takes, what it answers by status, and the codes only it refuses with.

    ``name`` is that of its URL. ``keyed`` takes an Idempotency-Key; ``limit`` is the longest body in bytes.
    """

    name: str
    path: str
    method: str
    title: "_StrPromise | str"
    text: "_StrPromise | str"
    replies: Mapping[int, "_StrPromise | str"]
    reply: type[Reply]
    reply_example: Mapping[str, Any]
    body: type[Body] | None = None
    body_example: Mapping[str, Any] | None = None
    limit: int = BODY_LIMIT
    keyed: bool = False
    refusals: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = field(default=())
    tag: str = "licensing"

    @property
    def body_required(self) -> bool:
        """Whether the body has members that must be there; else it may be left out."""
        return self.body is not None and any(one.is_required() for one in self.body.model_fields.values())

    def codes(self) -> list[str]:
        """Give the codes with which it may refuse."""
        found = ["bad_request", "token_missing", "token_invalid", "forbidden", "https_required"]
        found += ["method_not_allowed", "not_acceptable", "too_many_requests", "server_error", "unavailable"]
        if self.body is not None:
            found += ["invalid_json", "length_required", "body_too_large", "unsupported_media_type", "invalid_body"]
        if self.keyed:
            found += [
                "invalid_idempotency_key",
                "request_in_progress",
                "idempotent_reply_lost",
                "idempotency_key_reused",
            ]
        if self.parameters:
            found.append("invalid_parameter")
        return [*found, *self.refusals]


_ANSWER = {200: _("The answer, whether the product may run or not")}
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="activate_installation",
        path="/api/v1/activate",
        method="POST",
        title=_("Register an installation"),
        text=_("Once on each machine, before it asks. The fingerprint’s parts are kept as keyed hashes only. A machine that is registered already gets its installation again, with status 200."),
        body=ActivateBody,
        body_example=examples.ACTIVATE,
        replies={200: _("This machine is registered already"), 201: _("Registered")},
        reply=Activated,
        reply_example=examples.ACTIVATED,
        keyed=True,
        refusals=(
            "product_not_licensed", "too_many_installations", "licence_suspended", "licence_not_started",
            "licence_ended", "nothing_booked", "environment_not_allowed", "version_not_allowed", "version_not_maintained",
            "edition_mismatch", "checksum_mismatch", "cannot_sign",
        ),
    ),
    Operation(
        name="validate",
        path="/api/v1/validate",
        method="POST",
        title=_("May the product run, and with what?"),
        text=_("The question a product asks at its start and then as often as “next_check_at” says. A licence that is not valid is an answer as well: “access” says what remains, “code” why. Send a nonce, verify “signed”, and go by its content."),
        body=ValidateBody,
        body_example=examples.VALIDATE,
        replies=_ANSWER,
        reply=Answer,
        reply_example=examples.ANSWER,
        refusals=("cannot_sign", "database_unavailable"),
    ),
    Operation(
        name="heartbeat",
        path="/api/v1/heartbeat",
        method="POST",
        title=_("Still running"),
        text=_("The same question from an installation. With a floating licence it takes the place of this installation or process, or extends it; without one free the answer’s code is “too_many_leases”."),
        body=HeartbeatBody,
        body_example=examples.HEARTBEAT,
        replies=_ANSWER,
        reply=Answer,
        reply_example=examples.ANSWER,
        refusals=("cannot_sign", "database_unavailable"),
    ),
    Operation(
        name="report_usage",
        path="/api/v1/usage",
        method="POST",
        title=_("Report usage"),
        text=_("1 to 1,000 readings of meters, up to 31 days old: a gauge says how much there is, a counter how much was added. All of them are kept, or none. Each has an id of the caller’s, so a reading sent twice counts once."),
        body=UsageBody,
        body_example=examples.USAGE,
        replies={200: _("Kept, and how the meters stand now")},
        reply=UsageKept,
        reply_example=examples.USAGE_KEPT,
        limit=USAGE_LIMIT,
        keyed=True,
        refusals=(
            "installation_unknown", "unknown_meter", "installation_removed", "kind_mismatch", "reading_conflict",
            "reading_too_old", "reading_in_future", "reading_too_large",
        ),
    ),
    Operation(
        name="deactivate_installation",
        path="/api/v1/deactivate",
        method="POST",
        title=_("Give a place back"),
        text=_("When the product is removed from a machine. With “keep” only the lease is given back, as when a process ends."),
        body=DeactivateBody,
        body_example=examples.DEACTIVATE,
        replies={200: _("Given back; repeated, the same answer")},
        reply=Deactivated,
        reply_example=examples.DEACTIVATED,
        keyed=True,
        refusals=("installation_unknown",),
    ),
    Operation(
        name="issue_offline_licence",
        path="/api/v1/offline-licence",
        method="POST",
        title=_("Have a licence file issued"),
        text=_("For machines that cannot ask: a signed file of what is booked now, for any machine, or bound to one where the contract says so. With “newest_seen” it is issued only if there is none newer for that machine than the one the caller has."),
        body=OfflineLicenceBody,
        body_example=examples.OFFLINE_LICENCE,
        replies={200: _("A newer file than the one the caller has stands already"), 201: _("Issued")},
        reply=OfflineLicence,
        reply_example=examples.OFFLINE_LICENCE_ISSUED,
        keyed=True,
        refusals=(
            "installation_unknown", "licence_suspended", "licence_not_started", "licence_ended", "nothing_booked",
            "offline_licence_withheld", "machine_required", "too_many_installations", "cannot_sign",
        ),
    ),
    Operation(
        name="licences",
        path="/api/v1/licences",
        method="GET",
        title=_("Licences and add-ons"),
        text=_("What the contract licenses, whoever asks: term, state, items, limits and what is used of them."),
        replies={200: _("The licences and the add-ons")},
        reply=Licences,
        reply_example=examples.LICENCES,
    ),
    Operation(
        name="status",
        path="/api/v1/status",
        method="GET",
        title=_("How the contract stands"),
        text=_("In short, for the product’s settings page: “Save & Check” shows this."),
        replies={200: _("How the contract stands")},
        reply=Status,
        reply_example=examples.STATUS,
    ),
    Operation(
        name="downloads",
        path="/api/v1/downloads",
        method="GET",
        title=_("Versions and files"),
        text=_("What the contract can fetch: all published versions of its product, and of each add-on the newest of each channel, with links that work for some hours."),
        replies={200: _("The versions")},
        reply=Downloads,
        reply_example=examples.DOWNLOADS,
        tag="downloads",
        parameters=(
            Parameter("channel", _("Only versions of this channel."), {"type": "string", "enum": ["", "stable", "rc", "beta"]}, "stable"),
            Parameter("since", _("Only versions published on this day or later."), {"anyOf": [{"type": "string", "format": "date"}, {"const": ""}]}, "2026-01-01"),
        ),
    ),
    Operation(
        name="account",
        path="/api/v1/account",
        method="GET",
        title=_("The account status"),
        text=_("Package and term, and of each kind of seat how many are booked, used, invited and available."),
        replies={200: _("The account status")},
        reply=Account,
        reply_example=of_seats.ACCOUNT,
        tag="seats",
    ),
    Operation(
        name="seats",
        path="/api/v1/seats",
        method="GET",
        title=_("Seats and their holders"),
        text=_("The seats that are held, 500 at a time in the order of their assignment; “next” is the “after” of the next page."),
        replies={200: _("The seats")},
        reply=Seats,
        reply_example=of_seats.SEATS,
        parameters=(
            Parameter("kind", _("Only seats of this kind."), {"type": "string", "maxLength": 60}, "full"),
            Parameter("created_by", _("Only guests that the holder of this seat created."), {"type": "string", "maxLength": 12}, "Se4Tk9Wm2Lx7"),
            Parameter("after", _("Only seats assigned after this one."), {"type": "string", "maxLength": 12}, "Se4Tk9Wm2Lx7"),
        ),
        refusals=("unknown_seat_kind", "seat_unknown"),
        tag="seats",
    ),
    Operation(
        name="seat_changes",
        path="/api/v1/seats/changes",
        method="GET",
        title=_("What happened to seats"),
        text=_("Every change of a seat once, in order and without a gap, 500 at a time, a few seconds after it. Keep “cursor” when you have done all of it: it is the “after” of the next call. Seats that end by themselves, what is changed in the portal, and what is booked come this way too: a booking brings the new totals of each kind, from its day on and until the contract ends. Only when the catalogue changes what a plan brings, the account alone says it."),
        replies={200: _("The changes")},
        reply=SeatChanges,
        reply_example=of_seats.CHANGES,
        parameters=(
            Parameter("after", _("The “cursor” of the answer before; 0 begins with the first change."), {"type": "integer", "minimum": 0, "maximum": 999999999999999}, "4711"),
        ),
        refusals=("cursor_unknown",),
        tag="seats",
    ),
    Operation(
        name="assign_seat",
        path="/api/v1/seats/assign",
        method="POST",
        title=_("Assign a seat"),
        text=_("To a person with a mail address, or to a thing with a name, such as a data room. Let what the holder creates be owned by the seat’s “ref”: it stays when the seat is reassigned. With “ends_on” the seat ends by itself, after a notice."),
        body=AssignSeatBody,
        body_example=of_seats.ASSIGN,
        replies={201: _("Assigned")},
        reply=Assigned,
        reply_example=of_seats.ASSIGNED,
        keyed=True,
        refusals=(
            "unknown_seat_kind", "seat_unknown", "no_free_seat", "seat_holder_unfit", "seat_mail_taken", "seat_not_convertible",
            "seat_guests_not_allowed", "seat_end_passed", "seat_released", "licence_suspended", "licence_not_started", "licence_ended",
        ),
        tag="seats",
    ),
    Operation(
        name="reassign_seat",
        path="/api/v1/seats/reassign",
        method="POST",
        title=_("Give a seat to another holder"),
        text=_("What the seat owns passes on. End the sessions and credentials of the holder before at once."),
        body=ReassignSeatBody,
        body_example=of_seats.REASSIGN,
        replies={200: _("The new holder has it; repeated, the same answer")},
        reply=Assigned,
        reply_example=of_seats.REASSIGNED,
        keyed=True,
        refusals=(
            "seat_unknown", "seat_released", "seat_holder_unfit", "seat_mail_taken", "seat_not_convertible",
            "seat_second_factor",
        ),
        tag="seats",
    ),
    Operation(
        name="extend_seat",
        path="/api/v1/seats/extend",
        method="POST",
        title=_("Change when a seat ends"),
        text=_("A temporary seat gets another last day, or stays for good."),
        body=ExtendSeatBody,
        body_example=of_seats.EXTEND,
        replies={200: _("It ends on that day, or stays; repeated, the same answer")},
        reply=Assigned,
        reply_example=of_seats.EXTENDED,
        keyed=True,
        refusals=("seat_unknown", "seat_released", "seat_end_passed"),
        tag="seats",
    ),
    Operation(
        name="release_seat",
        path="/api/v1/seats/release",
        method="POST",
        title=_("Release a seat"),
        text=_("It is free for somebody else at once. Where “deletes” is true, delete what the seat owns, and warn of that before; reassigning keeps it."),
        body=ReleaseSeatBody,
        body_example=of_seats.RELEASE,
        replies={200: _("Released; repeated, the same answer")},
        reply=SeatReleased,
        reply_example=of_seats.RELEASED,
        keyed=True,
        refusals=("seat_unknown",),
        tag="seats",
    ),
    Operation(
        name="report_seats",
        path="/api/v1/seats/report",
        method="POST",
        title=_("Report on seats"),
        text=_("When 1 to 1,000 holders were seen last, and how many bytes their seats own. A holder who was seen makes the seat active. All of it is kept, or none."),
        body=ReportSeatsBody,
        body_example=of_seats.REPORT,
        replies={200: _("Kept")},
        reply=SeatsKept,
        reply_example=of_seats.REPORTED,
        limit=REPORT_LIMIT,
        keyed=True,
        refusals=("seat_unknown", "seat_released"),
        tag="seats",
    ),
    Operation(
        name="issue_booking_link",
        path="/api/v1/booking-links",
        method="POST",
        title=_("Lead a holder to where more is booked"),
        text=_("A link for the browser of whoever holds the seat, to the page of the portal where more is booked. It works once, for ten minutes, and opens nothing by itself: whoever follows it signs in there by name."),
        body=BookingLinkBody,
        body_example=of_seats.BOOKING_LINK,
        replies={201: _("The link")},
        reply=BookingLinkMade,
        reply_example=of_seats.BOOKING_LINK_MADE,
        keyed=True,
        refusals=("seat_unknown", "seat_released", "seat_holder_unfit", "unknown_seat_kind"),
        tag="seats",
    ),
)  # fmt: skip
