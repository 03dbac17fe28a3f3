"""How pages put seats: their states, their kinds, their storage."""

from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from torhaus.frame.formatting import number_text
from torhaus.seats.models import Seat
from torhaus.seats.queries import KindStanding
from torhaus.seats.refusals import (
    ContractEnded,
    ContractNotStarted,
    ContractSuspended,
    EndPassed,
    MailTaken,
    NoFreeSeat,
    NotConvertible,
    SeatRefused,
    SecondFactorActive,
)
from torhaus.web.words import size_text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def storage_text(seat: Seat) -> str:
    """Say what a seat owns, which goes or stays with it; nothing if it is nothing."""
    return size_text(seat.owned_bytes) if seat.owned_bytes else ""


def shared_text(seat: Seat) -> str:
    """Say what others share with a seat; nothing if it is nothing."""
    return _("%(size)s shared") % {"size": size_text(seat.invited_bytes)} if seat.invited_bytes else ""


def over_text(standing: KindStanding) -> str:
    """Say by how many more seats are used than booked, and what to do."""
    n = standing.count.over
    said = ngettext("Over by %(n)s seat.", "Over by %(n)s seats.", n) % {"n": number_text(n)}
    what = _("Until so many are released or booked again, nobody gets another of this kind.")
    return f"{said} {what}"


REFUSALS: dict[type[SeatRefused], "_StrPromise"] = {
    NoFreeSeat: gettext_lazy(
        "No seat of this kind is free. Release one or give one to somebody else, or ask our sales team for more."
    ),
    MailTaken: gettext_lazy(
        "This address holds a seat of this kind already. Look it up in the list, or enter another address."
    ),
    NotConvertible: gettext_lazy(
        "This address holds a seat of another kind, and neither becomes the other. Release that one first, or enter another address."
    ),
    SecondFactorActive: gettext_lazy(
        "The holder has a second factor. Have it removed first, in the product or on the page of this seat; then give the seat to somebody else."
    ),
    EndPassed: gettext_lazy("This day lies in the past. Enter today or a later one."),
    ContractSuspended: gettext_lazy("The contract is suspended, so nobody gets a seat. Please talk to our sales team."),
    ContractNotStarted: gettext_lazy("The contract has not begun. Assign seats from its first day on."),
    ContractEnded: gettext_lazy("The contract has ended, so nobody gets a seat. Please talk to our sales team."),
}


def refusal_text(error: SeatRefused) -> str:
    """Say why a seat stays as it is, and what to do."""
    text = REFUSALS.get(type(error))
    return str(text) if text else _("This holder does not fit the kind of seat. Check what you entered.")


def _language() -> str:
    return (get_language() or "en")[:2]
