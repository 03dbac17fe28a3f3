"""The mails about education terms: to whoever asked, to the owner, and to sales."""

from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse

from torhaus.core.texts import text_in
from torhaus.journeys.vendor_mail import mail_contacts, mail_from_vendor, mail_members
from torhaus.notices.models import Mail
from torhaus.organisations.models import ContactRole, Role
from torhaus.organisations.people import memberships_across_customers
from torhaus.organisations.usage_notices import account_readers_across_customers
from torhaus.records.deeds import part
from torhaus.subscriptions.models import EducationRequest
from torhaus.vendor.queries import the_vendor


@part
def mail_asker(template: str, row: EducationRequest, **values: Any) -> list[Mail]:
    """Write to the person who asked, in their language; to the owner if they have no access any more."""
    person, customer = row.asked_by, row.contract.customer
    if person is None or not person.is_active or customer.pk not in memberships_across_customers(person.pk):
        return mail_owner(template, row, **values)
    mail = mail_from_vendor(
        template=template,
        recipient=person.mail,
        recipient_name=person.name,
        language=person.language,
        customer_ref=customer.ref,
        context=_said(row, person.language, link="web:education_terms", **values),
    )
    return [mail]


@part
def mail_owner(template: str, row: EducationRequest, *, link: str = "web:education_terms", **values: Any) -> list[Mail]:
    """Write to the owner, in their language; as long as nobody owns the account, to the customer's contacts."""
    customer = row.contract.customer
    owners = [one for one in account_readers_across_customers(customer.pk) if one.role == Role.OWNER]
    said = partial(_said, row, link=link, **values)
    if owners:
        return mail_members(template=template, customer=customer, members=owners, context=said)
    return mail_contacts(
        template=template, customer=customer, roles=(ContactRole.MAIN, ContactRole.BILLING), context=said
    )


@part
def mail_sales(row: EducationRequest) -> Mail:
    """Tell the vendor's sales of a request, in the installation's language."""
    vendor, language = the_vendor(), settings.LANGUAGE_CODE
    link = settings.OPTIONS.public_url.rstrip("/") + reverse("backoffice:education_request", args=[row.ref])
    return mail_from_vendor(
        template="education_requested",
        recipient=vendor.sales_mail or vendor.mail,
        recipient_name=vendor.sales_name,
        language=language,
        customer_ref=row.contract.customer.ref,
        context=_said(row, language, link="web:education_terms") | {"link": link, "for_staff": True},
    )


def _said(row: EducationRequest, language: str, *, link: str, **values: Any) -> dict[str, Any]:
    vendor = the_vendor()
    return {
        "for_staff": False,
        "customer": row.contract.customer.name,
        "contract": row.contract.number,
        "category": text_in(row.category.name, language),
        "granted": row.ends_on is not None,
        "ends_on": row.ends_on,
        "percent": row.percent,
        "reason": row.reason,
        "sales_mail": vendor.sales_mail or vendor.mail,
        "link": settings.OPTIONS.public_url.rstrip("/") + reverse(link),
        **values,
    }
