"""Seats as CSV for a spreadsheet: streamed, with a byte order mark, and no cell that runs as a formula."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torhaus.core.csv_files import Echo, harmless
from torhaus.frame.seats import STATES
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.seat_list import Shown

Cells = tuple[str, list[Any]]  # a seat's state, and its cells with the state's word left out


def csv_lines(seats: Iterable[Seat], kinds: Mapping[str, str]) -> Iterator[str]:
    """Give the file line by line; ``kinds`` are their names by key. German spreadsheets part columns by semicolon.

    Words are looked up here at once, in the language of the request, not while it is streamed.
    """
    german = (get_language() or "en").startswith("de")
    writer = csv.writer(Echo(), delimiter=";" if german else ",")
    words = {
        str(SeatState.ACTIVE): str(STATES[Shown.ACTIVE]),
        str(SeatState.INITIATED): str(STATES[Shown.INVITED]),
    }
    header = [_("Seat"), _("Kind"), _("Key of the kind"), _("Name"), _("Email"), _("Organisation"), _("State")]
    header += [_("Ends on"), _("Assigned on"), _("Last seen"), _("Owned (bytes)"), _("Shared with it (bytes)")]
    return _lines(writer, header, words, _cells_of(seats, kinds, timezone.get_current_timezone()))


def _lines(writer: Any, header: list[str], words: dict[str, str], cells: Iterable[Cells]) -> Iterator[str]:
    yield "\ufeff" + writer.writerow(header)
    for state, row in cells:
        row[6] = words[state]
        yield writer.writerow(row)


def _cells_of(seats: Iterable[Seat], kinds: Mapping[str, str], zone: tzinfo) -> Iterator[Cells]:
    for one in seats:
        kind = kinds.get(one.kind.key, one.kind.key)
        texts = [harmless(text) for text in (kind, one.kind.key, one.name, one.mail, one.organisation)]
        days = [one.ends_on.isoformat() if one.ends_on else "", _instant(one.assigned_at, zone)]
        seen = _instant(one.last_seen_at, zone) if one.last_seen_at else ""
        yield one.state, [one.ref, *texts, "", *days, seen, one.owned_bytes, one.invited_bytes]


def _instant(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
