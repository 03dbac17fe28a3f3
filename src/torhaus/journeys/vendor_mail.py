"""Mails in the vendor's name and look, and who at a customer gets them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django_scopes import scopes_disabled

from torhaus.notices.actions import write_mail
from torhaus.notices.letters import CsvFile, MailRefused, Sender, refuse_bad_address, refuse_line_breaks
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact, ContactRole, Customer, Membership
from torhaus.records.deeds import part
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import the_vendor

_log = logging.getLogger(__name__)
TECHNICAL_FIRST = (ContactRole.TECHNICAL, ContactRole.MAIN)


@part
def mail_from_vendor(
    *,
    template: str,
    recipient: str,
    recipient_name: str = "",
    language: str,
    customer_ref: str = "",
    context: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[CsvFile] = (),
) -> Mail:
    """Write one mail in the vendor's name. For what it raises see ``write_mail``.

    A recipient's name that cannot stand in a header is left out: nobody goes without a mail for their name.
    """
    try:
        refuse_line_breaks(recipient_name)
    except MailRefused as error:
        _log.warning("a mail is written without the name", extra={"event": {"mail": template, "reason": str(error)}})
        recipient_name = ""
    return write_mail(
        template=template,
        recipient=recipient,
        recipient_name=recipient_name,
        language=language,
        sender=sender_of(the_vendor()),
        customer_ref=customer_ref,
        context=context or {},
        headers=headers,
        attachments=attachments,
    )


@part
def mail_contacts(
    *,
    template: str,
    customer: Customer,
    roles: Sequence[str] = TECHNICAL_FIRST,
    context: Mapping[str, Any] | Callable[[str], Mapping[str, Any]],
    without: Sequence[str] = (),
) -> list[Mail]:
    """Write a mail to each contact of a customer that has one of ``roles``, each in their own language, each once.

    ``context`` may be a function of the language, where it holds words of the vendor's. ``without`` are mail
    addresses of people who settle for themselves whether they get it.
    A contact nobody can write to, as a vendor's files may bring one, is passed over and logged: it must not
    keep a token from being issued or revoked.
    """
    with scopes_disabled():
        contacts = list(Contact.objects.filter(customer=customer, role__in=roles).order_by("pk"))
    contacts.sort(key=lambda contact: roles.index(contact.role))
    people: dict[str, Contact] = {}
    for contact in contacts:
        if contact.mail.lower() not in without and _can_be_written_to(contact):
            people.setdefault(contact.mail.lower(), contact)
    mails = []
    for contact in people.values():
        language = contact.language or customer.language
        mails.append(
            mail_from_vendor(
                template=template,
                recipient=contact.mail,
                recipient_name=contact.name,
                language=language,
                customer_ref=customer.ref,
                context=context(language) if callable(context) else context,
            )
        )
    return mails


@part
def mail_members(
    *, template: str, customer: Customer, members: Sequence[Membership], context: Callable[[str], Mapping[str, Any]]
) -> list[Mail]:
    """Write a mail to each of a customer's people, in the language they chose for themselves."""
    return [
        mail_from_vendor(
            template=template,
            recipient=one.person.mail,
            recipient_name=one.shown_name,
            language=one.person.language,
            customer_ref=customer.ref,
            context=context(one.person.language),
        )
        for one in members
    ]


def _can_be_written_to(contact: Contact) -> bool:
    try:
        refuse_bad_address(contact.mail)
    except MailRefused as error:
        _log.warning("a contact gets no mail", extra={"event": {"contact": contact.pk, "reason": error}})
        return False
    return True


def sender_of(vendor: Vendor) -> Sender:
    """Give the frame of the vendor's mails."""
    city = " ".join(word for word in (vendor.postal_code, vendor.city) if word)
    return Sender(
        name=vendor.name,
        legal_name=vendor.legal_name,
        address=", ".join(word for word in (vendor.street, city) if word),
        mail=vendor.support_mail or vendor.mail,
        phone=vendor.support_phone or vendor.phone,
        portal_url=settings.OPTIONS.public_url.rstrip("/") + "/",
        accent=vendor.accent_light or Sender.accent,
        time_zone=vendor.time_zone,
    )
