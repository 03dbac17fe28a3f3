"""What the usage report says: each kind of seat and each meter of a contract, in one language, as lines and as CSV."""

from dataclasses import dataclass
from datetime import date
from itertools import chain

from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scope

from torhaus.core.csv_files import csv_of
from torhaus.core.file_names import safe_name
from torhaus.core.link_codes import without_marks
from torhaus.core.texts import text_in
from torhaus.notices.letters import CsvFile
from torhaus.seats.account import KindInPeriod, seat_account
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import agreement_of, booked_on, bookings_of
from torhaus.subscriptions.rules import Status, status
from torhaus.usage.queries import Metered, meters_of
from torhaus.usage.rules import percent
from torhaus.vendor.models import Vendor


@dataclass(frozen=True)
class Line:
    """A kind of seat or a meter. None stands for what is not booked, or was not reported.

    ``month`` is the first day of the one that a meter counts which begins anew with each.
    """

    name: str
    unit: str
    booked: int | None
    used: int | None
    available: int | None
    share: int | None
    over: int = 0
    invited: int | None = None
    peak: int | None = None
    month: date | None = None


@dataclass(frozen=True)
class UsageReport:
    """How a contract's licences stand now and its meters on the day ``until``, with the peaks since ``since``."""

    contract: str
    customer: str
    since: date
    until: date
    seats: list[Line]
    meters: list[Line]


def is_current(contract: Contract, today: date) -> bool:
    """Whether there is anything to report of: a contract that has begun and not ended."""
    return status(agreement_of(contract), today) not in {Status.UPCOMING, Status.EXPIRED}


def usage_report(
    contract: Contract, vendor: Vendor, *, language: str, since: date, until: date, today: date
) -> UsageReport:
    """Give how a contract, with its customer loaded, stands today; meters as they stood at the end of ``until``."""
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        now = booked_on(bookings_of(contract.pk), status(agreement_of(contract), today), today)
        account = seat_account(contract, now=now, following=None, since=since, zone=vendor.time_zone)
        meters = meters_of(contract.pk, [(one.item_id, one.quantity) for one in now if one.item_id], until)
    return UsageReport(
        contract=contract.number,
        customer=without_marks(contract.customer.name),
        since=since,
        until=until,
        seats=[_seats(one, language) for one in account.kinds],
        meters=[_meter(one, language) for one in meters],
    )


def csv_file(report: UsageReport, language: str) -> CsvFile:
    """Give the report as a list for a spreadsheet, in ``language``."""
    with translation.override(language):
        header = [_("Contract"), _("From"), _("Until"), _("What"), _("Name"), _("Unit"), _("Booked"), _("Used")]
        header += [_("Available"), _("Used (%)"), _("Invited"), _("Peak")]
        kinds = ((_("Licence"), report.seats), (_("Meter"), report.meters))
        name = _("usage-report")
    rows = chain.from_iterable(([_cells(report, what, one) for one in lines]) for what, lines in kinds)
    text = "".join(csv_of(header, rows, german=language == "de"))
    return CsvFile(safe_name(f"{name}-{report.contract}-{report.until.isoformat()}.csv"), text)


def _cells(report: UsageReport, what: str, one: Line) -> list[str]:
    numbers = (one.booked, one.used, one.available, one.share, one.invited, one.peak)
    said = ["" if number is None else str(number) for number in numbers]
    return [report.contract, report.since.isoformat(), report.until.isoformat(), what, one.name, one.unit, *said]


def _seats(one: KindInPeriod, language: str) -> Line:
    item, count = one.standing.item, one.standing.count
    return Line(
        name=without_marks((text_in(item.name, language) if item else "") or one.key),
        unit="",
        booked=count.booked,
        used=count.used,
        available=count.available,
        share=percent(count.used, count.booked),
        over=count.over,
        invited=count.invited,
        peak=one.peak,
    )


def _meter(one: Metered, language: str) -> Line:
    return Line(
        name=without_marks(text_in(one.meter.name, language) or one.meter.key),
        unit=without_marks(text_in(one.meter.unit, language)),
        booked=one.total,
        used=one.used,
        available=one.free if one.used is not None else None,
        share=one.percent,
        over=max(0, (one.used or 0) - one.total) if one.total is not None else 0,
        month=one.since,
    )
