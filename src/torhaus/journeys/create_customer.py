"""Staff create a customer with address, contact and billing account, and its first contract if there is one."""

from dataclasses import dataclass

from torhaus.billing.actions import open_billing_account
from torhaus.billing.models import InvoiceFormat, PaymentMethod
from torhaus.journeys.create_contract import NewContract, as_recorded, open_agreed_contract
from torhaus.organisations.actions import add_address, add_contact, add_customer
from torhaus.organisations.models import Customer
from torhaus.records.deeds import Actor, deed, write_record


@dataclass(frozen=True)
class NewCustomer:
    """What the vendor knows of a new customer. ``country`` is an ISO 3166-1 alpha-2 code."""

    number: str
    name: str
    language: str
    city: str
    country: str
    contact_name: str
    contact_mail: str
    vat_id: str = ""
    address_extra: str = ""
    street: str = ""
    postal_code: str = ""
    contact_phone: str = ""
    payment_method: PaymentMethod = PaymentMethod.BANK_TRANSFER
    invoice_format: InvoiceFormat = InvoiceFormat.EMAIL
    billing_mail: str = ""


@deed("create_customer")
def create_customer(*, new: NewCustomer, first_contract: NewContract | None = None, by: Actor) -> Customer:
    """Create a customer, whole or not at all.

    Raises:
        CustomerNumberTaken: the customer number is in use.
        ContractNumberTaken: the number of the first contract is in use.
    """
    customer = add_customer(number=new.number, name=new.name, language=new.language, vat_id=new.vat_id)
    add_address(
        customer=customer,
        recipient=new.name,
        extra=new.address_extra,
        street=new.street,
        postal_code=new.postal_code,
        city=new.city,
        country=new.country,
    )
    add_contact(customer=customer, name=new.contact_name, mail=new.contact_mail, phone=new.contact_phone)
    open_billing_account(
        customer=customer,
        payment_method=new.payment_method,
        invoice_format=new.invoice_format,
        mail=new.billing_mail or new.contact_mail,
    )
    after: dict[str, object] = {"number": customer.number, "name": customer.name, "language": customer.language}
    if first_contract is not None:
        after |= as_recorded(open_agreed_contract(customer=customer, agreed=first_contract))
    write_record(
        by=by,
        customer_ref=customer.ref,
        subject=("customer", customer.ref),
        after=after,
        personal={"contact_name": new.contact_name, "contact_mail": new.contact_mail},
    )
    return customer
