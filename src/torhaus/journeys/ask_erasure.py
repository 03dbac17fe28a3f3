"""The deeds around a wish to be erased: asked on the portal or filed by staff, withdrawn, declined (GDPR Art. 12, 17)."""

from datetime import date

from django.conf import settings
from django.urls import reverse
from django_scopes import scopes_disabled

from torhaus.accounts.erasure_requests import (
    RequestDecided,
    add_request,
    decide_request,
    lock_open_request,
    passed_on,
)
from torhaus.accounts.models import ErasureRequest, ErasureState, User
from torhaus.accounts.queries import person_with_mail
from torhaus.core import clock
from torhaus.journeys.erase_person.deed import IsStaff, OwnsCustomer
from torhaus.journeys.ticket_mail import is_address
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.organisations.models import Membership, MembershipState, Role
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.subscriptions.rules import add_months
from torhaus.vendor.queries import the_vendor

# Art. 12(3) GDPR: without undue delay, and in any event within one month.
MONTHS = 1


def owned_customers(user: User) -> list[str]:
    """Give the names of the customers somebody owns, who has to hand them over before going."""
    with scopes_disabled():
        mine = Membership.objects.filter(person=user, role=Role.OWNER).exclude(state=MembershipState.INITIATED)
        return list(mine.order_by("customer__name").values_list("customer__name", flat=True))


@deed("ask_erasure")
def ask_erasure(*, user: User, customer_ref: str, by: Actor) -> ErasureRequest:
    """Note that somebody who is signed in wants to be erased; a mail to them and one to the vendor say so.

    Raises:
        IsStaff: the person is one of the staff.
        OwnsCustomer: the person owns a customer, and has to hand it over first.
        RequestOpen: they have asked already.
    """
    if user.staff_role:
        raise IsStaff
    if owned := owned_customers(user):
        raise OwnsCustomer(*owned)
    row = add_request(person=user, mail=user.mail, language=user.language, due_on=due_from_today())
    link = settings.OPTIONS.public_url.rstrip("/")
    mail_from_vendor(
        template="erasure_asked",
        recipient=user.mail,
        recipient_name=user.name,
        language=user.language,
        context={"for_staff": False, "due_on": row.due_on, "link": link + reverse("web:ask_erasure")},
    )
    _tell_vendor(row, link)
    write_record(by=by, customer_ref=customer_ref, subject=("user", user.ref), after=_said(row))
    return row


@deed("file_erasure")
def file_erasure(*, mail: str, note: str, asked_on: date, by: Actor) -> ErasureRequest:
    """Note for somebody who wrote, by mail or letter, that they want to be erased. The month runs from that day.

    Raises:
        IsStaff: the address is one of the staff's.
        RequestOpen: it is known already.
    """
    user = person_with_mail(mail)
    if user is not None and user.staff_role:
        raise IsStaff
    language = user.language if user else the_vendor().language
    row = add_request(person=user, mail=mail, language=language, due_on=add_months(asked_on, MONTHS), note=note)
    personal = {"mail": row.mail, "note": note}
    write_record(by=by, subject=("erasure", row.ref), after=_said(row), personal=personal)
    return row


@deed("withdraw_erasure")
def withdraw_erasure(*, user: User, customer_ref: str, by: Actor) -> None:
    """Take back one's own wish, as long as nothing is decided.

    Raises:
        RequestDecided: nothing waits.
    """
    waiting = ErasureRequest.objects.filter(person=user, state=ErasureState.OPEN).first()
    if waiting is None:
        raise RequestDecided
    row = lock_open_request(waiting.ref)
    decide_request(row, state=ErasureState.WITHDRAWN)
    write_record(by=by, customer_ref=customer_ref, subject=("user", user.ref), after={"request": row.ref})


@deed("decline_erasure")
def decline_erasure(*, request_ref: str, reason: str, by: Actor) -> None:
    """Say no, with the reason, which the person gets by mail (Art. 12(4) GDPR).

    Raises:
        RequestDecided: it was decided before.
    """
    row = lock_open_request(request_ref)
    mail, person, write = row.mail, row.person, row.language and not passed_on(row, person_with_mail(row.mail))
    decide_request(row, state=ErasureState.DECLINED)
    if write and is_address(mail):
        mail_from_vendor(
            template="person_erased", recipient=mail, language=row.language, context={"done": False, "reason": reason}
        )
    subject = ("user", person.ref) if person else ("erasure", row.ref)
    write_record(by=by, subject=subject, after={"request": row.ref}, personal={"mail": mail, "reason": reason})


def due_from_today() -> date:
    """Give the day until which somebody who asks now has to have an answer: Art. 12(3) GDPR."""
    return add_months(clock.today(the_vendor().time_zone), MONTHS)


def _tell_vendor(row: ErasureRequest, link: str) -> None:
    vendor = the_vendor()
    mail_from_vendor(
        template="erasure_asked",
        recipient=vendor.mail,
        language=settings.LANGUAGE_CODE,
        context={
            "for_staff": True,
            "due_on": row.due_on,
            "link": link + reverse("backoffice:erasure_request", args=[row.ref]),
        },
    )


def _said(row: ErasureRequest) -> dict[str, str]:
    return {"request": row.ref, "due_on": row.due_on.isoformat()}
