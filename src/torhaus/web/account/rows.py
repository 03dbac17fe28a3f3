"""The rows of the account status: each kind of seat in numbers and words, each number with the way to its people."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from torhaus.core.texts import text_in
from torhaus.frame.navigation import address
from torhaus.frame.words import Look
from torhaus.seats.account import Holding, KindInPeriod
from torhaus.usage.rules import Tone, tone
from torhaus.web.words import size_text

_LOOKS = {
    Tone.OVER: Look("bad", "circle-alert", gettext_lazy("over")),
    Tone.WARN: Look("warn", "triangle-alert", gettext_lazy("almost full")),
}
_FULL = Look("warn", "triangle-alert", gettext_lazy("all in use"))


@dataclass(frozen=True)
class SeatRow:
    """A kind of seat as the page shows it. ``came`` are those of ``used`` whose holder has come."""

    key: str
    name: str
    look: Look | None
    bookable: bool
    personal: bool
    booked: int
    used: int
    came: int
    invited: int
    available: int
    over: int
    peak: int
    following: int | None
    owned: str
    people_url: str
    invited_url: str

    @property
    def bar_used(self) -> int:
        """What the bar fills; when more are used than booked, all of them."""
        return self.used if self.over else self.came

    @property
    def bar_held(self) -> int:
        """What the bar hatches: invited ones within what is booked."""
        return 0 if self.over else self.invited


@dataclass(frozen=True)
class HoldingRow:
    """A holder, what they own, and how many others have a seat by their wish."""

    name: str
    mail: str
    kind: str
    owned: str
    invited: int
    url: str


def seat_row(one: KindInPeriod) -> SeatRow:
    """Give a kind of seat as shown."""
    count, standing = one.standing.count, one.standing
    look = _LOOKS.get(tone(count.used, count.booked))
    if count.booked and count.used == count.booked:
        look = _FULL
    return SeatRow(
        key=one.key,
        name=kind_name(one),
        look=look,
        bookable=standing.detail.bookable if standing.detail else False,
        personal=standing.detail.personal if standing.detail else True,
        booked=count.booked,
        used=count.used,
        came=count.used - count.invited,
        invited=count.invited,
        available=count.available,
        over=count.over,
        peak=one.peak,
        following=one.following,
        owned=size_text(one.owned_bytes),
        people_url=people_url(kind=one.key),
        invited_url=people_url(kind=one.key, state="initiated"),
    )


def kind_name(one: KindInPeriod) -> str:
    """Give what a kind of seat is called; its key where the catalogue does not know it."""
    item = one.standing.item
    return (text_in(item.name, (get_language() or "en")[:2]) if item else "") or one.key


def holding_row(one: Holding, names: dict[str, str]) -> HoldingRow:
    """Give a holder as shown; ``names`` are those of the kinds."""
    return HoldingRow(
        name=one.name or one.mail or _("Without a name"),
        mail=one.mail if one.name else "",
        kind=names.get(one.kind, one.kind),
        owned=size_text(one.owned_bytes),
        invited=one.invited,
        url=people_url(text=one.mail or one.name),
    )


def people_url(**filters: str) -> str:
    """Give the address of the list of people with seats, filtered; nothing where there is no such page."""
    page = address("web:seats")
    return f"{page}?{urlencode(filters)}" if page else ""
