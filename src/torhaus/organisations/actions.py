"""Writes of customers: steps of the deeds that create and change them."""

from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from torhaus.organisations.models import Address, AddressKind, Contact, ContactRole, Customer
from torhaus.records.deeds import part


class CustomerNumberTaken(Exception):
    """Another customer has this number."""


@part
def add_customer(*, number: str, name: str, language: str, vat_id: str = "") -> Customer:
    """Add a customer.

    Raises:
        CustomerNumberTaken: the number is in use; the database decides, so two at once cannot both win.
    """
    with scopes_disabled():
        if Customer.objects.filter(number=number).exists():
            raise CustomerNumberTaken(number)
        try:
            with transaction.atomic():
                return Customer.objects.create(number=number, name=name, language=language, vat_id=vat_id)
        except IntegrityError as error:
            raise CustomerNumberTaken(number) from error


@part
def add_address(
    *,
    customer: Customer,
    recipient: str,
    city: str,
    country: str,
    street: str = "",
    postal_code: str = "",
    extra: str = "",
    kind: AddressKind = AddressKind.BILLING,
) -> Address:
    """Give a customer its address of ``kind``; ``country`` is an ISO 3166-1 alpha-2 code."""
    with scopes_disabled():
        return Address.objects.create(
            customer=customer,
            kind=kind,
            recipient=recipient,
            extra=extra,
            street=street,
            postal_code=postal_code,
            city=city,
            country=country,
        )


@part
def add_contact(
    *, customer: Customer, name: str, mail: str, phone: str = "", role: ContactRole = ContactRole.MAIN
) -> Contact:
    """Add somebody the vendor writes to; the mail address is kept as given."""
    with scopes_disabled():
        return Contact.objects.create(customer=customer, role=role, name=name, mail=mail, phone=phone)
