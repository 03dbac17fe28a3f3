"""Background entry points of journeys."""

import logging
from collections.abc import Callable, Iterable

from django.db import transaction

from torhaus.accounts.queries import mail_of
from torhaus.core.imap import MailboxUnavailable
from torhaus.journeys import announce_release as announcing
from torhaus.journeys import collect_files as collecting
from torhaus.journeys import fetch_mail as mailbox
from torhaus.journeys import mail_imported_seats as links
from torhaus.journeys import mail_invitations as inviting
from torhaus.journeys import mail_seat_reminders as idling
from torhaus.journeys import publish_requested as publishing
from torhaus.journeys import purge_retained as retention
from torhaus.journeys import recover_owner as recovering
from torhaus.journeys import remind_of_education as reminding
from torhaus.journeys import reset_password as passwords
from torhaus.journeys import send_login_code as codes
from torhaus.journeys import send_token_reset as reset
from torhaus.journeys import send_usage_report as reporting
from torhaus.journeys import sign_chain_head as head
from torhaus.journeys import warn_of_ending_seat as ending
from torhaus.journeys import warn_of_usage as warning
from torhaus.records import idempotency
from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind
from torhaus.releases.announcements import begin_due_announcements
from torhaus.seats.holders import vendors_today
from torhaus.seats.queries import (
    any_temporary_seat_across_customers,
    ended_seats_across_customers,
    ending_seats_across_customers,
)
from torhaus.seats.release_seat import end_temporary_seat
from torhaus.subscriptions.education import any_mark_across_customers, marks_to_tell_across_customers
from torhaus.subscriptions.education import forget_old_proofs as forget_proofs
from torhaus.usage.report_recipients import any_recipient_across_customers, due_now, due_recipients_across_customers
from torhaus.usage.warnings import untold_warnings_across_customers
from torhaus.work.jobs import WAITED_FOR, job

_log = logging.getLogger(__name__)
_PEOPLE = frozenset({ActorKind.PERSON, ActorKind.STAFF})


@job(max_attempts=3)
def sign_chain_head() -> None:
    """Sign the end of the record chain."""
    head.sign_chain_head()


@job(max_attempts=3)
def forget_old_keys() -> None:
    """Delete idempotency keys that nobody has to find any more."""
    idempotency.forget_old_keys()


@job(max_attempts=5, first_pause=10, priority=WAITED_FOR)
def send_token_reset(number: str, mail: str, address: str, request_id: str) -> None:
    """Answer a request for a new licence token; the page that took it cannot tell whether there was anything to send."""
    by = Actor(ActorKind.SYSTEM, "lost token", address=address, request_id=request_id)
    reset.send_token_reset(number=number, mail=mail, by=by)


@job(max_attempts=5, first_pause=10, priority=WAITED_FOR)
def send_password_reset(mail: str, address: str, request_id: str) -> None:
    """Answer a request for a new password; the page that took it cannot tell whether there was anybody."""
    by = Actor(ActorKind.SYSTEM, "lost password", address=address, request_id=request_id)
    passwords.send_password_reset(mail=mail, by=by)


@job(max_attempts=3, first_pause=5, priority=WAITED_FOR)
def send_login_code(ref: str, mail: str, address: str, request_id: str) -> None:
    """Answer a request for a code to sign in; the page that took it cannot tell whether there was anybody."""
    by = Actor(ActorKind.SYSTEM, "login code", address=address, request_id=request_id)
    codes.send_login_code(ref=ref, mail=mail, by=by)


@job(max_attempts=5, first_pause=20, longest_pause=600)
def mail_seat_registrations(contract_ref: str, seat_refs: list[str], by: dict[str, str]) -> None:
    """Mail the links to holders who were given seats by a file."""
    links.mail_imported_seats(contract_ref=contract_ref, seat_refs=seat_refs, by=_who(by))


@job(max_attempts=5, first_pause=20, longest_pause=600)
def mail_invitations(customer_ref: str, member_refs: list[str], by: dict[str, str]) -> None:
    """Mail the links to people who were invited by a file."""
    inviting.mail_invitations(customer_ref=customer_ref, member_refs=member_refs, by=_who(by))


def told(by: Actor) -> dict[str, str]:
    """Give who does a deed as a job keeps it: a person without their address, or an erasure would take the job along."""
    name = "" if by.kind in _PEOPLE else by.name
    return {"kind": str(by.kind), "ref": by.ref, "name": name, "address": by.address, "request_id": by.request_id}


def _who(by: dict[str, str]) -> Actor:
    kind, name = ActorKind(by["kind"]), by["name"]
    if kind in _PEOPLE:
        name = mail_of(by["ref"])
    return Actor(kind, by["ref"], name, by["address"], by["request_id"])


@job(max_attempts=5, first_pause=20, longest_pause=600)
def mail_seat_reminders(contract_ref: str, seat_refs: list[str]) -> None:
    """Mail holders who were not seen for long."""
    by = Actor(ActorKind.SYSTEM, "seats")
    idling.mail_seat_reminders(contract_ref=contract_ref, seat_refs=seat_refs, by=by)


@job(max_attempts=1)
def fetch_mail() -> None:
    """Take what is unread in the mailbox of answers to tickets. One that is away is asked again in a minute."""
    try:
        mailbox.fetch_mail()
    except MailboxUnavailable as error:
        _log.warning("the mailbox cannot be read", extra={"event": {"reason": str(error)}})


@job(max_attempts=3)
def collect_files() -> None:
    """Remove content of the store that nothing refers to."""
    collecting.collect_files()


@job(max_attempts=3)
def announce_due_releases() -> None:
    """Begin to tell subscribers of what was published meanwhile."""
    with transaction.atomic():
        for row in begin_due_announcements():
            announce_release.enqueue(row.pk, row.reached, row.cursor)


@job(max_attempts=5, first_pause=20, longest_pause=600)
def announce_release(announcement_id: int, reached: str, cursor: int) -> None:
    """Write one page of mails about a version, and leave the next one to another job, behind the mails of this one."""
    with transaction.atomic():
        row = announcing.announce_release(announcement_id=announcement_id, reached=reached, cursor=cursor)
        if row is not None:
            announce_release.enqueue(row.pk, row.reached, row.cursor)


@job(max_attempts=5, first_pause=20, longest_pause=600, on_dead=publishing.give_up)
def publish_requested(request_id: int) -> None:
    """Publish what staff asked for, or refuse it."""
    publishing.publish_requested(request_id)


@job(max_attempts=3)
def forget_old_recoveries() -> None:
    """Delete what was proposed about gone owners and not confirmed in time."""
    recovering.forget_old_recoveries()


@job(max_attempts=3)
def purge_retained() -> None:
    """Delete what the law made us keep, once its time is over."""
    retention.purge_retained()


@job(max_attempts=1)
def warn_of_usage() -> None:
    """Tell contacts of the thresholds that usage passed meanwhile. One that fails keeps none of the others waiting."""
    _each(lambda one: warning.warn_of_usage(warning_id=one), untold_warnings_across_customers())


@job(max_attempts=1)
def send_usage_reports() -> None:
    """Send the usage reports whose day has come. One that fails keeps none of the others waiting."""
    if not any_recipient_across_customers():
        return
    due = due_recipients_across_customers(due_now())
    _each(lambda one: reporting.send_usage_report(recipient_id=one, by=reporting.BY), due)


@job(max_attempts=1)
def tend_temporary_seats() -> None:
    """Tell of temporary seats that end soon, and release those whose last day is over."""
    if not any_temporary_seat_across_customers():
        return
    today = vendors_today()
    try:
        _each(lambda one: ending.warn_of_ending_seat(seat_id=one), ending_seats_across_customers(today))
    finally:  # a notice that fails keeps no seat from becoming free
        _each(lambda one: end_temporary_seat(seat_id=one), ended_seats_across_customers(today))


@job(max_attempts=1)
def remind_of_education() -> None:
    """Tell customers whose education terms end soon. One that fails keeps none of the others waiting."""
    if not any_mark_across_customers():
        return
    _each(lambda one: reminding.remind_of_education(request_id=one), marks_to_tell_across_customers(vendors_today()))


@job(max_attempts=3)
def forget_old_proofs() -> None:
    """Forget what customers uploaded for education terms that were decided long enough ago."""
    forget_proofs()


def _each(act: Callable[[int], object], ids: Iterable[int]) -> None:
    failed = None
    for one in ids:
        try:
            act(one)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised below
            failed = error
    if failed is not None:
        raise failed
