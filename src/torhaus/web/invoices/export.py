"""Invoices as CSV for a spreadsheet: streamed, with a byte order mark, and no cell that runs as a formula."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torhaus.billing.models import Invoice
from torhaus.billing.rules import Shown, shown_state
from torhaus.core.csv_files import Echo, harmless
from torhaus.core.money import from_cents
from torhaus.frame.words import INVOICE_LOOKS


def csv_lines(invoices: Iterable[Invoice], today: date) -> Iterator[str]:
    """Give the file line by line. German spreadsheets part columns by semicolon and decimals by comma.

    Words are looked up here at once, in the language of the request, not while it is streamed.
    """
    german = (get_language() or "en").startswith("de")
    words = {state: str(look.text) for state, look in INVOICE_LOOKS.items()}
    writer = csv.writer(Echo(), delimiter=";" if german else ",")
    header = [_("Number"), _("Issued"), _("Due"), _("Paid on"), _("Status"), _("Currency")]
    header += [_("Net"), _("VAT"), _("Gross"), _("Contract")]
    return _lines(writer, header, words, invoices, today, mark="," if german else ".")


def _lines(
    writer: Any,
    header: list[str],
    words: dict[Shown, str],
    invoices: Iterable[Invoice],
    today: date,
    *,
    mark: str,
) -> Iterator[str]:
    yield "\ufeff" + writer.writerow(header)
    for one in invoices:
        yield writer.writerow(
            [
                harmless(one.number),
                one.issued_on.isoformat(),
                one.due_on.isoformat() if one.due_on else "",
                one.paid_on.isoformat() if one.paid_on else "",
                words[shown_state(one.state, one.due_on, today)],
                one.currency,
                *(_amount(cents, one.currency, mark) for cents in (one.net_cents, one.vat_cents, one.gross_cents)),
                harmless(one.origin),
            ]
        )


def _amount(cents: int | None, currency: str, mark: str) -> str:
    return "" if cents is None else str(from_cents(cents, currency)).replace(".", mark)
