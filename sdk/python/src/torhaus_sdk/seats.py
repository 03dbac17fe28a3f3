"""Seats of the product's users: ``client.seats`` assigns, reassigns, extends and releases them, and tells who has one.

Each deed carries an Idempotency-Key, so an answer that was lost on the way gives no seat twice. What the server refuses
is raised as a ``SeatRefused`` with a ``message("de")`` for the user; the same rules hold on the portal's pages.
"""

from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from datetime import date
from typing import Protocol, TypeVar

from torhaus_sdk import seat_deeds
from torhaus_sdk.account import Account, BookingLink, FreedSeat, Seat, SeatPage, SeatReport, SeatsChanged
from torhaus_sdk.core import Core
from torhaus_sdk.questions import Steps

__all__ = ["AsyncSeats", "Seats"]

T = TypeVar("T")


class Do(Protocol):
    """Drives a deed to its end."""

    def __call__(self, steps: Steps[T], /) -> T:
        """Give its result."""


class AsyncDo(Protocol):
    """Drives a deed to its end, on asyncio."""

    def __call__(self, steps: Steps[T], /) -> Awaitable[T]:
        """Give its result."""


class Seats:
    """The seats of the contract of the saved token. Every method asks the server, and raises what it refuses.

    All of them raise ``LicenceError``: ``TokenMissing``, ``TokenInvalid``, ``ServerUnreachable`` (nothing was changed,
    or it was and the same call with the same ``key`` says so), ``NotLicensed`` while the contract is suspended or
    over, and the kinds of ``SeatRefused`` that are named.
    """

    def __init__(self, core: Core, do: Do) -> None:
        self._core = core
        self._do = do

    def page(self, kind: str = "", *, created_by: str = "", after: str = "") -> SeatPage:
        """Give up to 500 of the seats that are held, in the order of their assignment.

        Args:
            kind: only seats of this kind (key).
            created_by: only guests that the holder of this seat created; show a holder no others (B104).
            after: ``SeatPage.after`` of the page before.

        Raises:
            SeatKindUnknown, SeatUnknown: there is no such kind, or no such seat in the contract.
        """
        return self._do(seat_deeds.page(self._core, kind, created_by, after))

    def all(self, kind: str = "", *, created_by: str = "") -> Iterator[Seat]:
        """Give all seats that are held, page by page as they are read. See ``page``."""
        found = self.page(kind, created_by=created_by)
        yield from found.seats
        while found.after:
            found = self.page(kind, created_by=created_by, after=found.after)
            yield from found.seats

    def assign(
        self,
        kind: str,
        *,
        name: str = "",
        mail: str = "",
        organisation: str = "",
        ends_on: date | None = None,
        created_by: str = "",
        key: str = "",
    ) -> Seat:
        """Assign a seat: to a person with ``mail``, or to a thing, such as a data room, with ``name`` alone (B82).

        Args:
            kind: key of the kind of seat.
            name: what people call the holder.
            mail: address of a person.
            organisation: which the person works for.
            ends_on: last day of a temporary seat.
            created_by: seat of the person who asked for it, whose guest the holder is.
            key: a name of your own for this request, if it may be sent again later: it has one effect.

        Raises:
            NoFreeSeat: all are in use (B81).
            MailTaken, NotConvertible: the address has one of this kind (B94), or of one that it cannot change (B85).
            GuestsNotAllowed: ``created_by`` may create no guests (B104).
            SeatRefused: another kind of it, such as HolderUnfit.
        """
        body = {"kind": kind, "name": name, "mail": mail, "organisation": organisation}
        body |= {"ends_on": seat_deeds.day_said(ends_on), "created_by": created_by}
        return self._do(seat_deeds.seat(self._core, "assign", body, key))

    def reassign(self, seat: str, *, name: str = "", mail: str = "", organisation: str = "", key: str = "") -> Seat:
        """Give a seat, with all it owns, to another holder (B86, B87). End the old holder's sessions at once (B88).

        Raises:
            SeatUnknown, SeatReleased: nobody holds it.
            MailTaken, NotConvertible, HolderUnfit: the new holder cannot have it.
            SecondFactorActive: the holder has one; it is removed first (B89).
        """
        body = {"seat": seat, "name": name, "mail": mail, "organisation": organisation}
        return self._do(seat_deeds.seat(self._core, "reassign", body, key))

    def extend(self, seat: str, ends_on: date | None, *, key: str = "") -> Seat:
        """Let a temporary seat end on another day, or with None stay for good (B93).

        Raises:
            SeatUnknown, SeatReleased, SeatEndPassed: it cannot be.
        """
        return self._do(seat_deeds.extend(self._core, seat, ends_on, key))

    def release(self, seat: str, *, key: str = "") -> FreedSeat:
        """Make a seat free; may be repeated. If the result says ``deletes``, delete what the seat owned (B83).

        Warn of that before, and offer :meth:`reassign`, which keeps it.

        Raises:
            SeatUnknown: the contract has no such seat.
        """
        return self._do(seat_deeds.release(self._core, seat, key))

    def report(self, reports: Iterable[SeatReport]) -> int:
        """Report when holders were seen last, what their seats own, who has a second factor; gives how many were kept.

        Whoever was seen becomes active. Reports are sent 1,000 at a time; of each thousand all are kept, or none.

        Raises:
            SeatUnknown, SeatReleased: one of them is not held.
        """
        return self._do(seat_deeds.report(self._core, list(reports)))

    def booking_link(self, seat: str, kind: str = "", *, key: str = "") -> BookingLink:
        """Give a link to the portal's page where more is booked, for the browser of whoever holds ``seat``.

        Ask for it when they press the button, and redirect them: it works once, for ten minutes. It opens nothing by
        itself; they sign in to the portal by name, if they are not.

        Args:
            seat: who is led there.
            kind: key of the kind of seat that the page offers first.
            key: a name of your own for this request.

        Raises:
            SeatUnknown, SeatReleased, HolderUnfit, SeatKindUnknown: nobody holds the seat in person, or no such kind.
        """
        return self._do(seat_deeds.booking_link(self._core, seat, kind, key))

    def account(self) -> Account:
        """Give the account status: package, term, and of each kind what is booked, used and available (B76)."""
        return self._do(seat_deeds.account(self._core))

    def changes(self, after: int = 0) -> SeatsChanged:
        """Give what happened to seats since the cursor ``after``: every event once, in order, none left out.

        Args:
            after: ``SeatsChanged.cursor`` of the page before; 0 begins with the first.

        Raises:
            RequestRefused: ``cursor_unknown``, as after the portal was restored: read all seats, and begin with 0.
        """
        return self._do(seat_deeds.changes(self._core, after))


class AsyncSeats:
    """The same for asyncio. Methods, arguments and errors are those of ``Seats``."""

    def __init__(self, core: Core, do: AsyncDo) -> None:
        self._core = core
        self._do = do

    async def page(self, kind: str = "", *, created_by: str = "", after: str = "") -> SeatPage:
        """Give a page of the seats that are held. See ``Seats.page``."""
        return await self._do(seat_deeds.page(self._core, kind, created_by, after))

    async def all(self, kind: str = "", *, created_by: str = "") -> AsyncIterator[Seat]:
        """Give all seats that are held. See ``Seats.all``."""
        after, more = "", True
        while more:
            found = await self.page(kind, created_by=created_by, after=after)
            for one in found.seats:
                yield one
            after, more = found.after, bool(found.after)

    async def assign(
        self,
        kind: str,
        *,
        name: str = "",
        mail: str = "",
        organisation: str = "",
        ends_on: date | None = None,
        created_by: str = "",
        key: str = "",
    ) -> Seat:
        """Assign a seat. See ``Seats.assign``."""
        body = {"kind": kind, "name": name, "mail": mail, "organisation": organisation}
        body |= {"ends_on": seat_deeds.day_said(ends_on), "created_by": created_by}
        return await self._do(seat_deeds.seat(self._core, "assign", body, key))

    async def reassign(
        self, seat: str, *, name: str = "", mail: str = "", organisation: str = "", key: str = ""
    ) -> Seat:
        """Give a seat to another holder. See ``Seats.reassign``."""
        body = {"seat": seat, "name": name, "mail": mail, "organisation": organisation}
        return await self._do(seat_deeds.seat(self._core, "reassign", body, key))

    async def extend(self, seat: str, ends_on: date | None, *, key: str = "") -> Seat:
        """Set another last day, or none. See ``Seats.extend``."""
        return await self._do(seat_deeds.extend(self._core, seat, ends_on, key))

    async def release(self, seat: str, *, key: str = "") -> FreedSeat:
        """Make a seat free. See ``Seats.release``."""
        return await self._do(seat_deeds.release(self._core, seat, key))

    async def report(self, reports: Iterable[SeatReport]) -> int:
        """Report on seats. See ``Seats.report``."""
        return await self._do(seat_deeds.report(self._core, list(reports)))

    async def booking_link(self, seat: str, kind: str = "", *, key: str = "") -> BookingLink:
        """Give a link to where more is booked. See ``Seats.booking_link``."""
        return await self._do(seat_deeds.booking_link(self._core, seat, kind, key))

    async def account(self) -> Account:
        """Give the account status. See ``Seats.account``."""
        return await self._do(seat_deeds.account(self._core))

    async def changes(self, after: int = 0) -> SeatsChanged:
        """Give what happened to seats since a cursor. See ``Seats.changes``."""
        return await self._do(seat_deeds.changes(self._core, after))
