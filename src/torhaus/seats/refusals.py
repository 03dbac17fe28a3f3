"""Why a seat is not assigned, reassigned or released: one class for each reason, with the code that programs get."""

from typing import ClassVar


class SeatRefused(Exception):
    """The seat stays as it is; ``about`` is what the refusal is about: the key of a kind, or a seat's reference."""

    code: ClassVar[str]

    def __init__(self, about: str = "") -> None:
        super().__init__(about)
        self.about = about


class UnknownSeatKind(SeatRefused):
    """The catalogue has no kind of seat with this key."""

    code = "unknown_seat_kind"


class UnknownSeat(SeatRefused):
    """The contract has no seat with this reference."""

    code = "seat_unknown"


class SeatReleased(SeatRefused):
    """The seat was released; its holder and what it owned are no longer there."""

    code = "seat_released"


class NoFreeSeat(SeatRefused):
    """As many seats of this kind are held as are booked (B81)."""

    code = "no_free_seat"


class HolderUnfit(SeatRefused):
    """A person's seat needs a mail address; that of a thing, such as a data room, a name and no address."""

    code = "seat_holder_unfit"


class MailTaken(SeatRefused):
    """The mail address holds a seat of this kind already (B94); ``about`` is that seat."""

    code = "seat_mail_taken"


class NotConvertible(SeatRefused):
    """The mail address holds a seat that follows this kind, or the other way round: neither becomes the other (B85)."""

    code = "seat_not_convertible"


class SecondFactorActive(SeatRefused):
    """The holder has a second factor; it is removed before another gets the seat (B89). ``about`` is the seat."""

    code = "seat_second_factor"


class GuestsNotAllowed(SeatRefused):
    """The seat for whose holder somebody would be added may create no guests (B104). ``about`` is that seat."""

    code = "seat_guests_not_allowed"


class EndPassed(SeatRefused):
    """The last day of a temporary seat lies in the past."""

    code = "seat_end_passed"


class ContractSuspended(SeatRefused):
    """The vendor suspended the contract."""

    code = "licence_suspended"


class ContractNotStarted(SeatRefused):
    """The contract's term has not begun."""

    code = "licence_not_started"


class ContractEnded(SeatRefused):
    """The contract is over."""

    code = "licence_ended"
