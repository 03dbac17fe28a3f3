"""What is asked about seats, as generators (see ``questions``), and how the replies are read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from torhaus_sdk.account import (
    Account,
    BookedSeats,
    BookingLink,
    Education,
    FreedSeat,
    Plan,
    Seat,
    SeatEvent,
    SeatKind,
    SeatPage,
    SeatReport,
    SeatsChanged,
    Term,
)
from torhaus_sdk.core import Core
from torhaus_sdk.errors import ServerUnreachable
from torhaus_sdk.questions import Steps

T = TypeVar("T")
MOST_REPORTED = 1_000
Said = Mapping[str, Any]


def page(core: Core, kind: str, created_by: str, after: str) -> Steps[SeatPage]:
    """Ask for a page of the seats that are held."""
    said = yield from core.questions.fetch("seats", _asked({"kind": kind, "created_by": created_by, "after": after}))
    return _read(core, lambda: SeatPage(tuple(_seat(one) for one in said["seats"]), said["next"] or ""))


def account(core: Core) -> Steps[Account]:
    """Ask for the account status."""
    said = yield from core.questions.fetch("account")
    return _read(core, lambda: _account(said))


def changes(core: Core, after: int) -> Steps[SeatsChanged]:
    """Ask what happened to seats since the cursor ``after``."""
    said = yield from core.questions.fetch("seats/changes", _asked({"after": after}))
    return _read(
        core,
        lambda: SeatsChanged(tuple(_event(one) for one in said["events"]), int(said["cursor"]), bool(said["more"])),
    )


def seat(core: Core, path: str, body: Said, key: str) -> Steps[Seat]:
    """Do a deed that answers the seat as it stands then. What is empty is not said."""
    said = yield from core.questions.post(f"seats/{path}", _spoken(body), repeatable=True, key=key)
    return _read(core, lambda: _seat(said["seat"]))


def extend(core: Core, ref: str, ends_on: date | None, key: str) -> Steps[Seat]:
    """Set another last day, or none."""
    body = {"seat": ref, "ends_on": None if ends_on is None else ends_on.isoformat()}
    said = yield from core.questions.post("seats/extend", body, repeatable=True, key=key)
    return _read(core, lambda: _seat(said["seat"]))


def release(core: Core, ref: str, key: str) -> Steps[FreedSeat]:
    """Make a seat free."""
    said = yield from core.questions.post("seats/release", {"seat": ref}, repeatable=True, key=key)
    return _read(core, lambda: FreedSeat(said["seat"], bool(said["deletes"])))


def booking_link(core: Core, ref: str, kind: str, key: str) -> Steps[BookingLink]:
    """Ask for a link to where more is booked."""
    said = yield from core.questions.post(
        "booking-links", _spoken({"seat": ref, "kind": kind}), repeatable=True, key=key
    )
    return _read(core, lambda: BookingLink(str(said["url"]), datetime.fromisoformat(said["ends_at"])))


def report(core: Core, reports: Sequence[SeatReport]) -> Steps[int]:
    """Report on seats, as many at a time as the server takes; repeated, a report changes nothing."""
    kept = 0
    for start in range(0, len(reports), MOST_REPORTED):
        rows = [_spoken(_reported(one)) for one in reports[start : start + MOST_REPORTED]]
        said = yield from core.questions.post("seats/report", {"seats": rows}, repeatable=True)
        kept += _read(core, partial(_kept, said))
    return kept


def day_said(day: date | None) -> str:
    """Give a day as the server takes it, or nothing."""
    return "" if day is None else day.isoformat()


def _asked(members: Mapping[str, str | int]) -> str:
    return urlencode({name: value for name, value in members.items() if value})


def _spoken(members: Said) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None and value != ""}


def _reported(one: SeatReport) -> dict[str, Any]:
    seen = one.last_seen_at
    if seen is not None and seen.tzinfo is None:
        raise ValueError("last_seen_at needs a time zone")
    at = None if seen is None else f"{seen.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    said = {"owned_bytes": one.owned_bytes, "invited_bytes": one.invited_bytes, "second_factor": one.second_factor}
    return {"seat": one.seat, "last_seen_at": at} | said


def _read(core: Core, read: Callable[[], T]) -> T:
    """Give what a reply says; one that says something else is not of the server that was meant."""
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ServerUnreachable("not_torhaus", host=core.settings.way.host) from None


def _kept(said: Said) -> int:
    return int(said["kept"])


def _seat(said: Said) -> Seat:
    return Seat(
        ref=said["ref"],
        kind=said["kind"],
        state=said["state"],
        name=said["name"],
        mail=said["mail"],
        organisation=said["organisation"],
        ends_on=_day(said["ends_on"]),
        created_by=said["created_by"] or "",
        assigned_at=datetime.fromisoformat(said["assigned_at"]),
        last_seen_at=datetime.fromisoformat(said["last_seen_at"]) if said["last_seen_at"] else None,
        owned_bytes=int(said["owned_bytes"]),
        invited_bytes=int(said["invited_bytes"]),
        second_factor=bool(said["second_factor"]),
        may_create_guests=bool(said["may_create_guests"]),
    )


def _event(said: Said) -> SeatEvent:
    at = datetime.fromisoformat(said["at"])
    booked = tuple(  # servers before this one say nothing of it
        BookedSeats(date.fromisoformat(one["on"]), {str(key): int(many) for key, many in one["seats"].items()})
        for one in said.get("booked", ())
    )
    return SeatEvent(int(said["sequence"]), at, said["deed"], tuple(said["seats"]), bool(said["deletes"]), booked)


def _account(said: Said) -> Account:
    term = said["term"]
    return Account(
        contract=said["contract"],
        customer=said["customer"],
        kind=said["kind"],
        state=said["state"],
        plans=tuple(Plan(one["key"], one["name"]) for one in said["plans"]),
        term=Term(
            starts_on=date.fromisoformat(term["starts_on"]),
            ends_on=_day(term["ends_on"]),
            months=term["months"],
            auto_renews=bool(term["auto_renews"]),
            notice_days=int(term["notice_days"]),
            cancel_by=_day(term["cancel_by"]),
        ),
        seats=tuple(_kind(one) for one in said["seats"]),
        education=_education(said.get("education")),
    )


def _education(said: Said | None) -> Education | None:
    """Give the education terms; older servers say nothing of them."""
    if said is None:
        return None
    starts_on, ends_on = date.fromisoformat(said["starts_on"]), date.fromisoformat(said["ends_on"])
    return Education(said["key"], said["name"], starts_on, ends_on)


def _kind(said: Said) -> SeatKind:
    numbers = {name: int(said[name]) for name in ("booked", "used", "invited", "available", "over", "owned_bytes")}
    return SeatKind(said["key"], said["name"], bool(said["personal"]), bool(said["release_deletes"]), **numbers)


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None
