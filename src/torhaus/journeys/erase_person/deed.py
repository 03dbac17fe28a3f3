"""The deed ``erase_person``: all of a person goes in one transaction, but for what the law keeps (GDPR Art. 17)."""

import contextlib
from collections.abc import Callable

from django.utils.translation import gettext, override
from django_scopes import scopes_disabled

from torhaus.accounts.erasure_requests import (
    RequestOpen,
    add_request,
    decide_request,
    lock_open_request,
    passed_on,
)
from torhaus.accounts.mail_changes import former_addresses
from torhaus.accounts.models import ErasureRequest, ErasureState, User
from torhaus.accounts.open_sessions import end_sessions_of
from torhaus.billing.models import BillingAccount
from torhaus.journeys.erase_person.person import Person, person_across_customers
from torhaus.journeys.erase_person.steps import Plan, plan_across_customers, rows_across_customers
from torhaus.journeys.purge_retained import said_instead
from torhaus.journeys.ticket_mail import is_address
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.notices.forget_recipient import forget_recipient
from torhaus.organisations.models import Membership
from torhaus.records.deeds import Actor, deed, write_customer_records, write_record
from torhaus.records.idempotency import take_out_of_replies
from torhaus.records.personal import erase_values, values_across_customers
from torhaus.seats.forget_holder import forget_holder
from torhaus.subscriptions.forget_asker import forget_asker
from torhaus.support.forget_author import forget_author, purge_texts
from torhaus.work.forget_mail import forget_mail

DELETED = ("memberships", "contacts", "subscriptions", "links", "sign_in")


class OwnsCustomer(Exception):
    """The person owns customers (their names): each has to be handed over first."""


class IsStaff(Exception):
    """The account is one of the vendor's staff."""


class PassedOn(Exception):
    """The address is another account's by now than of whoever asked."""


class PlanChanged(Exception):
    """What is stored of the person is not what was shown before."""


@deed("erase_person")
def erase_person(*, request_ref: str, seen: str, texts: bool = False, by: Actor) -> Plan:
    """Do what a request to be erased asks for, and give what was done.

    ``seen`` is that of the plan which staff were shown. ``texts``: what the person wrote in tickets goes now, since
    staff found that none of it has to be kept. The person gets a last mail, which is not kept.

    Raises:
        RequestDecided: it was decided before, in another tab or by a colleague.
        OwnsCustomer: the person owns a customer.
        IsStaff: the person is one of the staff.
        PassedOn: the address belongs to another account than when this was asked.
        PlanChanged: there is more or less to erase than was shown.
    """
    request = lock_open_request(request_ref)
    mail, language = request.mail, request.language
    person = _locked(request)
    plan = plan_across_customers(person)
    if plan.seen != seen:
        raise PlanChanged
    ref = person.user.ref if person.user else ""
    feed = forget_holder(mail=mail, name_in=_said(lambda: gettext("Erased person")))
    if person.user:
        feed += forget_asker(person.user)
    decide_request(request, state=ErasureState.DONE)
    if person.user:
        _ask_for_former(person.user, request)
    erased, purged = _erase(person, texts=texts)
    if language and is_address(mail):
        mail_from_vendor(template="person_erased", recipient=mail, language=language, context={"done": True})
    write_customer_records(by=by, entries=feed)
    counts = {one.step.key: one.count for one in plan.lines if one.count}
    subject = ("user", ref) if ref else ("erasure", request.ref)
    after = {"request": request.ref, "erased": erased, "found": counts} | ({"texts": purged} if texts else {})
    write_record(by=by, subject=subject, after=after)
    return plan


def _ask_for_former(user: User, request: ErasureRequest) -> None:
    """Have staff erase each address that the person had before, too: what bears it is shown first, as here.

    Nobody is written to there: the mailbox may be another person's by now.
    """
    note = gettext("A former address of somebody who was erased.")
    for mail in former_addresses(user):
        with contextlib.suppress(RequestOpen):
            add_request(person=None, mail=mail, language="", due_on=request.due_on, note=note)


def _locked(request: ErasureRequest) -> Person:
    """Give whom it is about, the account and its memberships locked, or say why they cannot be erased."""
    with scopes_disabled():  # first, as whoever accepts or sends an invitation does: nobody becomes an owner meanwhile
        list(Membership.objects.select_for_update(of=("self",)).filter(person__mail=request.mail).order_by("pk"))
    user = User.objects.select_for_update().filter(mail=request.mail).first()
    if passed_on(request, user):
        raise PassedOn
    if user is not None and user.staff_role:
        raise IsStaff
    person = person_across_customers(request.mail)
    if person.owned:
        raise OwnsCustomer(*person.owned)
    return person


def _erase(person: Person, *, texts: bool) -> tuple[int, int]:
    """Take away what is stored outside of contracts; give how many personal values of records and texts in tickets went."""
    instead = {code: _said(lambda: gettext("[erased]"))(code) for code in ("en", "de")}
    erased = erase_values(values_across_customers(person.whose))
    wrote = forget_author(mail=person.mail, user=person.user)
    purged = purge_texts(texts=wrote, text_in=said_instead) if texts else 0
    forget_recipient(mail=person.mail, mentioned=person.mentioned, instead=instead)
    take_out_of_replies(mail=person.mail, names=person.telling, instead="")
    forget_mail(person.mail, instead=instead["en"])
    with scopes_disabled():
        BillingAccount.objects.filter(mail__iexact=person.mail).update(mail="")
        if person.user:
            end_sessions_of(user=person.user)
        for key in DELETED:
            for rows in rows_across_customers(key, person):
                rows.delete()
        if person.user:
            person.user.delete()
    return erased, purged


def _said(text: Callable[[], str]) -> Callable[[str], str]:
    """Give what says something in a language."""

    def say(language: str) -> str:
        with override(language):
            return text()

    return say
