"""The mails about a request for more licences: to whoever asked, and to sales."""

from typing import Any

from django.conf import settings

from torhaus.core.texts import text_in
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.organisations.people import memberships_across_customers
from torhaus.records.deeds import part
from torhaus.subscriptions.models import BookingRequest, RequestState
from torhaus.vendor.queries import the_vendor


@part
def mail_whoever_asked(template: str, row: BookingRequest, *, link: str) -> None:
    """Write to the person who asked, in their language; nobody hears where they have no access any more."""
    person, customer = row.asked_by, row.contract.customer
    if person is None or not person.is_active or customer.pk not in memberships_across_customers(person.pk):
        return
    mail_from_vendor(
        template=template,
        recipient=person.mail,
        recipient_name=person.name,
        language=person.language,
        customer_ref=customer.ref,
        context=_said(row, person.language, link=link, staff=False),
    )


@part
def mail_sales(template: str, row: BookingRequest, *, link: str) -> None:
    """Write to the vendor's sales, in the installation's language."""
    vendor, language = the_vendor(), settings.LANGUAGE_CODE
    mail_from_vendor(
        template=template,
        recipient=vendor.sales_mail or vendor.mail,
        recipient_name=vendor.sales_name,
        language=language,
        customer_ref=row.contract.customer.ref,
        context=_said(row, language, link=link, staff=True),
    )


def _said(row: BookingRequest, language: str, *, link: str, staff: bool) -> dict[str, Any]:
    return {
        "for_staff": staff,
        "customer": row.contract.customer.name,
        "contract": row.contract.number,
        "kind": text_in(row.item.name, language),
        "booked": row.booked,
        "total": row.total,
        "accepted": row.state == RequestState.ACCEPTED,
        "reason": row.reason,
        "link": link,
    }
