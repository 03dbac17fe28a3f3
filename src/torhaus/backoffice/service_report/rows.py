"""The rows of the service report, in words, for the page and for the CSV file."""

import csv
import io
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from torhaus.backoffice.tickets.words import span_text
from torhaus.core.csv_files import harmless
from torhaus.core.texts import Texts, text_in
from torhaus.support.reasons import reason_name
from torhaus.support.report import Group, Report
from torhaus.vendor.models import Vendor


@dataclass(frozen=True)
class Row:
    """A line of the report: what it is about, and the numbers; spans are in words, ``percent`` is whole."""

    name: str
    package: str
    group: Group
    percent: int | None
    median: str
    slowest: str


def month_rows(report: Report, packages: dict[str, Texts]) -> list[Row]:
    """Give a row for each month and package, the newest month first."""
    language = (get_language() or "en")[:2]
    return [
        _row(_month(month), text_in(packages.get(key, {"": key}), language) or _("without package"), group)
        for (month, key), group in report.groups.items()
    ]


def reason_rows(report: Report, vendor: Vendor) -> list[Row]:
    """Give a row for each reason, the most frequent first."""
    language = (get_language() or "en")[:2]
    by_count = sorted(report.reasons.items(), key=lambda item: (-item[1].tickets, item[0]))
    return [_row(reason_name(key, vendor.support_reasons, language), "", group) for key, group in by_count]


def total_row(report: Report) -> Row:
    """Give the row of all tickets together."""
    return _row(_("All"), "", report.total)


def report_csv(rows: list[Row]) -> str:
    """Give the rows as CSV: numbers bare, spans in business minutes, no cell that runs as a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";" if (get_language() or "en").startswith("de") else ",")
    writer.writerow(
        [
            _("Month"),
            _("Package"),
            _("Tickets"),
            _("Answered in time (per cent)"),
            _("Median of the first answer, business minutes"),
            _("90th percentile, business minutes"),
            _("Open"),
            _("Overdue"),
        ]
    )
    for row in rows:
        group = row.group
        writer.writerow(
            [row.name, harmless(row.package), group.tickets]
            + ["" if value is None else value for value in (row.percent, group.median, group.slowest)]
            + [group.open, group.overdue]
        )
    return out.getvalue()


def _row(name: str, package: str, group: Group) -> Row:
    share, median, slowest = group.share, group.median, group.slowest
    return Row(
        name=name,
        package=package,
        group=group,
        # 99.6 % are not all: only what was wholly in time says 100.
        percent=None if share is None else int(share * 100),
        median="" if median is None else span_text(median),
        slowest="" if slowest is None else span_text(slowest),
    )


def _month(month: date) -> str:
    return f"{month:%Y-%m}"
