"""Who may hold a seat: what deeds that name a holder have in common. All run in a locked contract's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from torhaus.catalogue.models import Item, SeatKind
from torhaus.core import clock
from torhaus.records.deeds import Actor, write_record
from torhaus.seats.models import Seat
from torhaus.seats.queries import held_by, ratios_of, seat_of
from torhaus.seats.refusals import (
    ContractEnded,
    ContractNotStarted,
    ContractSuspended,
    HolderUnfit,
    MailTaken,
    NotConvertible,
    SeatReleased,
    UnknownSeat,
)
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import Status, status
from torhaus.vendor.queries import the_vendor

_REFUSALS = {
    Status.UPCOMING: ContractNotStarted,
    Status.SUSPENDED: ContractSuspended,
    Status.EXPIRED: ContractEnded,
}


@dataclass(frozen=True)
class Holder:
    """Who or what holds a seat: a person with a mail address, or a thing with a name."""

    name: str = ""
    mail: str = ""
    organisation: str = ""

    def tidy(self) -> "Holder":
        """Give it as it is kept: without spaces around, the address in small letters."""
        return Holder(self.name.strip(), self.mail.strip().lower(), self.organisation.strip())


def vendors_today() -> date:
    """Give today at the vendor's."""
    return clock.today(the_vendor().time_zone)


def refuse_unless_running(contract: Contract, today: date) -> None:
    """Refuse new seats in a contract that is suspended, over or not begun.

    Raises:
        ContractSuspended, ContractNotStarted, ContractEnded: it is.
    """
    if refusal := _REFUSALS.get(status(agreement_of(contract), today)):
        raise refusal(contract.number)


def refuse_unfit(contract: Contract, kind: Item, detail: SeatKind, holder: Holder, booked: Sequence[Booking]) -> None:
    """Refuse a holder that cannot have a seat of this kind.

    Raises:
        HolderUnfit: a person without an address, or a thing with one or without a name.
        MailTaken: the address holds one already (B94).
        NotConvertible: it holds one of a kind that follows this one, or that this one follows (B85).
    """
    fits = bool(holder.mail) if detail.personal else bool(holder.name) and not holder.mail
    if not fits:
        raise HolderUnfit(kind.key)
    held = held_by(contract, holder.mail) if holder.mail else []
    tied = {frozenset((one.leading, one.following)) for one in ratios_of(booked)} if held else set()
    for seat in held:
        if seat.kind_id == kind.pk:
            raise MailTaken(seat.ref)
        if frozenset((seat.kind.key, kind.key)) in tied:
            raise NotConvertible(seat.ref)


def held_seat(contract: Contract, ref: str) -> Seat:
    """Give a seat of a locked contract that somebody holds.

    Raises:
        UnknownSeat: the contract has none with this reference.
        SeatReleased: it was released.
    """
    seat = seat_of(contract, ref)
    if seat is None:
        raise UnknownSeat(ref)
    if seat.released_at is not None:
        raise SeatReleased(ref)
    return seat


def begin_reminders_anew(seat: Seat) -> list[str]:
    """Forget that the holder was reminded of a seat that somebody else gets; give the fields that are to be saved."""
    seat.reminded_at, seat.reminder_waits, seat.reminder, seat.wants_reminders = None, False, "", True
    return ["reminded_at", "reminder_waits", "reminder", "wants_reminders"]


def record_seat(
    *,
    by: Actor,
    contract: Contract,
    seat: Seat,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    holder: Holder | None = None,
) -> None:
    """Write the running deed's record about a seat; names and addresses are kept erasably."""
    said = {"seat_name": holder.name, "seat_mail": holder.mail} if holder else {}
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        before=before,
        after={"contract": contract.number, "seat": seat.ref, "kind": seat.kind.key} | (after or {}),
        personal={name: value for name, value in said.items() if value},
    )
