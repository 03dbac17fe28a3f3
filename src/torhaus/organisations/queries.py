"""Reads of customers' addresses and contacts, inside the tenant scope."""

from torhaus.organisations.models import Address, AddressKind, Contact, ContactRole


def billing_address() -> Address | None:
    """Give where invoices go: the billing address, else the only other one."""
    found = {address.kind: address for address in Address.objects.all()}
    return found.get(AddressKind.BILLING) or found.get(AddressKind.DELIVERY)


def billing_contact() -> Contact | None:
    """Give whom the vendor writes to about invoices: a billing contact, else the main one."""
    found = {contact.role: contact for contact in Contact.objects.order_by("-pk")}
    return found.get(ContactRole.BILLING) or found.get(ContactRole.MAIN)
