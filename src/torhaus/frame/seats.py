"""How pages of customers and of staff put seats, and the filter over them.

The filter is a GET form: every state of the list is a URL, and other pages link to it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from torhaus.core.texts import text_in
from torhaus.frame.formatting import day_text
from torhaus.frame.lists import NEAR, LongPage, long_page_of
from torhaus.frame.words import Look
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.queries import KindStanding
from torhaus.seats.seat_list import IDLE_DAYS, LEAST_TEXT, SeatFilter, Shown, days_unseen
from torhaus.seats.seat_pages import Sought, place_in, place_of, seats_of_page

MOST_DAYS = 3650
MAILS_TO_ONE_HOLDER = 3  # links within the window of throttling, whoever has them sent

STATES = {
    Shown.ACTIVE: pgettext_lazy("seat", "Active"),
    Shown.INVITED: gettext_lazy("Invited"),
    Shown.TEMPORARY: gettext_lazy("Temporary"),
}


def look_of(seat: Seat, now: datetime) -> Look:
    """Give how a held seat stands: invited (a thing: not in use yet), active, or idle for long."""
    if seat.state == SeatState.INITIATED:
        if seat.mail:
            return Look("info", "mail", STATES[Shown.INVITED])
        return Look("", "clock", pgettext_lazy("seats", "Unused"))
    days = days_unseen(seat, now)
    if days >= IDLE_DAYS:
        return Look("warn", "clock", ngettext("%(n)d day idle", "%(n)d days idle", days) % {"n": days})
    return Look("ok", "check", STATES[Shown.ACTIVE])


def until_text(seat: Seat) -> str:
    """Say until when a temporary seat is held; nothing for one that stays."""
    return _("until %(day)s") % {"day": day_text(seat.ends_on)} if seat.ends_on else ""


def holder_name(seat: Seat) -> str:
    """Give what a holder is called: the name, else the mail address; of a released seat its reference."""
    return seat.name or seat.mail or seat.ref


def kind_name(standing: KindStanding) -> str:
    """Give what a kind of seat is called."""
    return (text_in(standing.item.name, _language()) if standing.item else "") or standing.key


def names_of_kinds(kinds: Iterable[KindStanding]) -> dict[int, str]:
    """Give what kinds of seats are called, by the item's id; of none that the catalogue does not know."""
    return {one.item.pk: kind_name(one) for one in kinds if one.item}


def kind_of(seat: Seat) -> str:
    """Give what the kind of a seat is called."""
    return text_in(seat.kind.name, _language()) or seat.kind.key


def _language() -> str:
    return (get_language() or "en")[:2]


def seats_shown(request: HttpRequest, sought: Sought, per_page: int) -> tuple[LongPage, list[Seat]]:
    """Give the page of seats that the address asks for, still empty, and its seats."""
    page = long_page_of(request.GET.get("page", ""), sought.total, per_page, more=sought.more)
    offset = (page.number - 1) * per_page
    found = seats_of_page(sought, offset=offset, limit=per_page, near=place_in(request.GET.get(NEAR, "")))
    place = place_of(sought, found[0], offset) if found else None
    page.place = str(place) if place else ""
    return page, found


class SeatFilterForm(forms.Form):
    """Text, kind, state and days not seen. What is invalid is explained at its field and left out of the filter."""

    text = forms.CharField(
        label=gettext_lazy("Name, organisation or email"),
        min_length=LEAST_TEXT,
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "class": "grow"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    unseen = forms.IntegerField(
        label=gettext_lazy("Not seen for (days)"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("Enter a number of days, such as 90.")},
    )

    def __init__(self, *args: Any, kinds: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text: Any = self.fields["text"]
        text.error_messages["min_length"] = _("Enter at least %(limit_value)d characters to search.")
        text.widget.attrs.pop("minlength", None)
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("All")), *kinds]
        kind.error_messages["invalid_choice"] = _("There is no such kind. All are shown.")
        state: Any = self.fields["state"]
        state.choices = [("", _("All")), *((str(one), word) for one, word in STATES.items())]
        state.error_messages["invalid_choice"] = _("There is no such state. All are shown.")
        for field in ("min_value", "max_value"):
            self.fields["unseen"].error_messages[field] = _("Enter a number of days from 1 to 3650.")

    def wanted(self) -> SeatFilter:
        """Give the filter of what is valid."""
        self.is_valid()
        given = self.cleaned_data
        return SeatFilter(
            text=given.get("text", "").strip(),
            kind=given.get("kind", ""),
            state=given.get("state", ""),
            unseen_days=given.get("unseen"),
        )
