"""Who gets the report about a contract's usage by mail: found, added, confirmed by the mailbox's owner, changed, removed."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.core.link_codes import same_code
from torhaus.organisations.people import mails_of_people_across_customers, membership_by_mail_across_customers
from torhaus.records.deeds import Actor, deed, housekeeping, nothing_done, part, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract
from torhaus.usage.models import ReportRecipient
from torhaus.usage.report_rules import LONGEST, Rhythm, due_until, following
from torhaus.vendor.queries import the_vendor

CONFIRM_WITHIN = timedelta(hours=48)
# However often somebody enters an address, it gets no second mail that asks within this time.
ASK_PAUSE = timedelta(minutes=10)
MOST_OF_A_CONTRACT = 20


class TooManyRecipients(Exception):
    """The contract has as many recipients as it may."""


class RecipientKnown(Exception):
    """The address gets the report already, or was asked just now."""


class RecipientGone(Exception):
    """No such recipient: removed, or asked too long ago."""


def recipients_of(contract: Contract) -> list[tuple[ReportRecipient, bool]]:
    """Give who gets a contract's report (True) or may still confirm (False), by address, inside the scope."""
    rows = list(ReportRecipient.objects.filter(contract=contract).order_by("mail", "pk"))
    people = mails_of_people_across_customers(contract.customer_id) if rows else frozenset()
    return [(row, gets) for row in rows if (gets := gets_reports(row, people)) or waits(row)]


def recipient_of(contract: Contract, ref: str) -> ReportRecipient | None:
    """Find one of a contract's recipients, inside the scope."""
    return next((row for row, _gets in recipients_of(contract) if row.ref == ref), None)


def recipient_across_customers(ref: str) -> ReportRecipient | None:
    """Find a recipient with contract and customer, for the mailbox's owner who followed a link."""
    with scopes_disabled():
        rows = ReportRecipient.objects.select_related("contract__customer", "contract__product")
        return rows.filter(ref=ref).first()


def recipient_for_code(ref: str, code: str) -> ReportRecipient | None:
    """Find the recipient whose code this is; an unknown one costs the same as a wrong code."""
    row = recipient_across_customers(ref)
    return row if same_code(ref, code) else None


def gets_reports(row: ReportRecipient, people: Collection[str]) -> bool:
    """Whether it may be written to: its owner confirmed, or is one of the customer's people (``people``)."""
    return row.confirmed_at is not None or row.mail.lower() in people


def waits(row: ReportRecipient) -> bool:
    """Whether it can still be confirmed."""
    return row.confirmed_at is None and row.asked_at > clock.now() - CONFIRM_WITHIN


def due_now() -> date:
    """Give the last day whose reports are due now, at the vendor's."""
    return due_until(clock.now().astimezone(ZoneInfo(the_vendor().time_zone)))


def any_recipient_across_customers() -> bool:
    """Whether anybody gets reports at all; else there may not even be a vendor whose day it could be."""
    with scopes_disabled():
        return ReportRecipient.objects.exists()


def due_recipients_across_customers(due: date) -> list[int]:
    """Give the recipients (ids) that are due, and those whose day a clock that was wrong has put far ahead."""
    with scopes_disabled():
        rows = ReportRecipient.objects.filter(Q(next_on__lte=due) | Q(next_on__gt=due + LONGEST))
        return list(rows.order_by("pk").values_list("pk", flat=True))


@part
def lock_recipient(recipient_id: int) -> ReportRecipient:
    """Lock a recipient's contract, and give the recipient as it is now, with contract, product and customer.

    Raises:
        RecipientGone: it was removed.
    """
    with scopes_disabled():
        rows = ReportRecipient.objects.filter(pk=recipient_id)
        ref = rows.values_list("contract__ref", flat=True).first()
        contract = lock_contract(ref=ref) if ref else None
        row = rows.first() if contract else None
    if contract is None or row is None:
        raise RecipientGone
    row.contract = contract
    return row


@part
def put_recipient(*, contract: Contract, mail: str, language: str, rhythm: Rhythm) -> tuple[ReportRecipient, bool]:
    """Enter a mailbox for a locked contract; give it, and whether its owner has to be asked.

    Raises:
        RecipientKnown: it gets the report already, or was asked just now.
        TooManyRecipients: the contract has MOST_OF_A_CONTRACT.
    """
    now, people = clock.now(), mails_of_people_across_customers(contract.customer_id)
    with scopes_disabled():
        rows = ReportRecipient.objects.filter(contract=contract)
        row = rows.filter(mail__iexact=mail).first()
        if row is not None and (gets_reports(row, people) or row.asked_at > now - ASK_PAUSE):
            raise RecipientKnown(row.ref)
        if row is None and sum(gets_reports(one, people) or waits(one) for one in rows) >= MOST_OF_A_CONTRACT:
            raise TooManyRecipients(contract.ref)
        row = row or ReportRecipient(contract=contract, mail=mail)
        row.language, row.asked_at = language, now
        _plan(row, rhythm)
        row.save()
    return row, not gets_reports(row, people)


@part
def plan_next(row: ReportRecipient, due: date, *, sent: bool, own: bool) -> None:
    """Go on to the next planned day behind ``due``; it is the last one that was ``sent``, unless nothing was.

    ``own``: the recipient is one of the customer's people by now.
    """
    if sent:
        row.reported_on = due
    row.next_on = following(row.rhythm, due, row.reported_on)
    if own:
        # From now on it hangs on who they are, not on what they once confirmed as a stranger.
        row.confirmed_at = None
    with scopes_disabled():
        row.save(update_fields=["next_on", "reported_on", "confirmed_at"])


@part
def note_sent_now(row: ReportRecipient, at: datetime) -> None:
    """Note that somebody had a report sent at once."""
    row.sent_now_at = at
    with scopes_disabled():
        row.save(update_fields=["sent_now_at"])


@deed("confirm_report_recipient")
def confirm_report_recipient(*, recipient_id: int, by: Actor) -> ReportRecipient:
    """The owner of a mailbox says that it wants the report; saying it again changes nothing.

    Raises:
        RecipientGone: there is no such request, or it is older than 48 hours.
    """
    row = lock_recipient(recipient_id)
    if row.confirmed_at is not None:
        nothing_done()
        return row
    if not waits(row):
        raise RecipientGone
    row.confirmed_at = clock.now()
    _plan(row, row.rhythm)
    with scopes_disabled():
        row.save()
    write_about(row, by)
    return row


@deed("change_report_recipient")
def change_report_recipient(*, recipient_id: int, language: str, rhythm: Rhythm, by: Actor) -> ReportRecipient:
    """Let a recipient get the report in another language or on other days.

    Raises:
        RecipientGone: it was removed.
    """
    row = lock_recipient(recipient_id)
    before = said_of(row)
    if (row.language, row.rhythm) == (language, rhythm):
        nothing_done()
        return row
    row.language = language
    if row.rhythm != rhythm:  # else a day that is due now would be passed over
        _plan(row, rhythm)
    with scopes_disabled():
        row.save()
    write_about(row, by, before=before, after=said_of(row))
    return row


@deed("remove_report_recipient")
def remove_report_recipient(*, recipient_id: int, by: Actor) -> ReportRecipient:
    """Send a mailbox no more reports, at its owner's or the contract's wish. The address is not kept.

    Raises:
        RecipientGone: it was removed already.
    """
    row = lock_recipient(recipient_id)
    write_about(row, by)
    with scopes_disabled():
        ReportRecipient.objects.filter(pk=row.pk).delete()
    return row


@housekeeping
def forget_unconfirmed_recipients() -> int:
    """Remove addresses that were not confirmed in time and are nobody's of the customer. Give how many went.

    Who is deactivated for a while gets the report again afterwards.
    """
    with scopes_disabled():
        late = ReportRecipient.objects.filter(confirmed_at=None, asked_at__lt=clock.now() - CONFIRM_WITHIN)
        rows = list(late.select_related("contract"))
        gone = [row.pk for row in rows if not membership_by_mail_across_customers(row.contract.customer_id, row.mail)]
        return late.filter(pk__in=gone).delete()[0]


def said_of(row: ReportRecipient) -> dict[str, str | int | None]:
    """Give what a record says of when and in which language a recipient gets the report."""
    return {"language": row.language, "weekday": row.weekday, "month_day": row.month_day}


@part
def write_about(
    row: ReportRecipient,
    by: Actor,
    *,
    before: dict[str, str | int | None] | None = None,
    after: dict[str, str | int | None] | None = None,
) -> None:
    """Write the record of a deed about a recipient, whose address is personal."""
    write_record(
        by=by,
        customer_ref=row.contract.customer.ref,
        subject=("contract", row.contract.ref),
        before=before,
        after={"contract": row.contract.number, "recipient": row.ref, **(after or {})},
        personal={"mail": row.mail},
    )


def _plan(row: ReportRecipient, rhythm: Rhythm) -> None:
    row.weekday, row.month_day = rhythm.weekday, rhythm.month_day
    row.next_on = following(rhythm, due_now(), row.reported_on)
