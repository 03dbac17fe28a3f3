"""The deed ``send_usage_report``: one recipient gets how a contract's licences and meters stand, with a CSV file.

A planned report and the day behind it are one transaction under the contract's lock: two workers, a killed one and a
clock set back send no day twice, and days that an outage missed are made up for by one report.
"""

from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse

from torhaus.core import clock
from torhaus.core.link_codes import mark_of
from torhaus.journeys.usage_report import UsageReport, csv_file, is_current, usage_report
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.organisations.people import mails_of_people_across_customers
from torhaus.records.deeds import Actor, deed, nothing_done, part
from torhaus.records.models import ActorKind
from torhaus.usage.models import ReportRecipient
from torhaus.usage.report_recipients import (
    RecipientGone,
    due_now,
    gets_reports,
    lock_recipient,
    note_sent_now,
    plan_next,
    write_about,
)
from torhaus.usage.report_rules import LONGEST, previous_day
from torhaus.vendor.queries import the_vendor

BY = Actor(ActorKind.SYSTEM, "usage report")
# So often may one recipient be sent a report beside the plan.
PAUSE = timedelta(hours=1)


class NotConfirmed(Exception):
    """The owner of the mailbox has not said yet that they want the report."""


class NoCurrentContract(Exception):
    """The contract has ended or not begun: there is nothing to report of."""


class SentJustNow(Exception):
    """The recipient was sent one within the last hour."""


@deed("send_usage_report")
def send_usage_report(*, recipient_id: int, by: Actor, at_once: bool = False) -> bool:
    """Send a report if its day has come, or ``at_once`` beside the plan. False if there was none to send.

    Raises (at once only):
        RecipientGone: it was removed.
        NotConfirmed: its owner was asked and has not answered.
        NoCurrentContract: the contract has ended or not begun.
        SentJustNow: it was sent one within PAUSE.
    """
    try:
        row = lock_recipient(recipient_id)
    except RecipientGone:
        if at_once:
            raise
        nothing_done()
        return False
    report: UsageReport | None
    if at_once:
        _begin_at_once(row)
        report = _report(row, until=_today())
    else:
        due = due_now()
        if due < row.next_on <= due + LONGEST:
            nothing_done()
            return False
        sends = row.next_on <= due and _may_get(row) and is_current(row.contract, _today())
        # It tells of days that are over: on the first of a month of the whole one before.
        report = _report(row, until=_today() - timedelta(days=1)) if sends else None
        plan_next(row, due, sent=sends, own=_is_own(row))
    if report is None:
        nothing_done()
        return False
    _send(row, report)
    write_about(row, by, after={"at_once": at_once})
    return True


def _today() -> date:
    return clock.today(the_vendor().time_zone)


def _is_own(row: ReportRecipient) -> bool:
    """Whether it is one of the customer's people who can sign in."""
    return row.mail.lower() in mails_of_people_across_customers(row.contract.customer_id)


def _may_get(row: ReportRecipient) -> bool:
    return gets_reports(row, mails_of_people_across_customers(row.contract.customer_id))


@part
def _begin_at_once(row: ReportRecipient) -> None:
    now = clock.now()
    if not _may_get(row):
        raise NotConfirmed
    if not is_current(row.contract, _today()):
        raise NoCurrentContract
    if row.sent_now_at is not None and row.sent_now_at <= now < row.sent_now_at + PAUSE:
        raise SentJustNow
    note_sent_now(row, now)


def _report(row: ReportRecipient, *, until: date) -> UsageReport:
    contract, vendor, today = row.contract, the_vendor(), _today()
    since = previous_day(row.rhythm, today)
    if row.reported_on is not None:  # after an outage it goes back to the one before
        since = min(since, row.reported_on)
    return usage_report(contract, vendor, language=row.language, since=since, until=until, today=today)


@part
def _send(row: ReportRecipient, report: UsageReport) -> None:
    contract = row.contract
    base = settings.OPTIONS.public_url.rstrip("/")
    by_name = _is_own(row)
    end = reverse("web:end_report_mails", args=[row.ref, "-code-"]).replace("-code-", mark_of(row.ref))
    mail_from_vendor(
        template="usage_report",
        recipient=row.mail,
        language=row.language,
        customer_ref=contract.customer.ref,
        context={
            "report": report,
            "contract": contract.number,
            "customer": contract.customer.name,
            "link": base + reverse("web:price_plan") if by_name else "",
            "unsubscribe": base + end,
        },
        # Mail programs end it by one click (RFC 8058).
        headers={
            "List-Unsubscribe": f"<{base + end}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        attachments=[csv_file(report, row.language)],
    )
