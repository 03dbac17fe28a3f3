"""Writes of invoices and billing accounts: steps of the deeds that need them."""

from django_scopes import scopes_disabled

from torhaus.billing.models import BillingAccount, Invoice, InvoiceFormat, PaymentMethod
from torhaus.organisations.models import Customer
from torhaus.records.deeds import part


class UnknownInvoice(Exception):
    """No invoice has this reference."""


class AlreadyMatched(Exception):
    """The invoice has a customer; it never changes hands afterwards."""


@part
def open_billing_account(
    *, customer: Customer, payment_method: PaymentMethod, invoice_format: InvoiceFormat, mail: str = ""
) -> BillingAccount:
    """Note how a new customer is billed."""
    with scopes_disabled():
        return BillingAccount.objects.create(
            customer=customer, payment_method=payment_method, invoice_format=invoice_format, mail=mail
        )


@part
def assign_invoice(*, ref: str, customer: Customer) -> Invoice:
    """Give an unmatched invoice to its customer, whose portal shows it from now on.

    Raises:
        UnknownInvoice: no such invoice.
        AlreadyMatched: somebody was faster; the invoice stays where it is.
    """
    with scopes_disabled():
        invoice = Invoice.objects.select_for_update(of=("self",)).filter(ref=ref).first()
        if invoice is None:
            raise UnknownInvoice(ref)
        if invoice.customer_id is not None:
            raise AlreadyMatched(invoice.number)
        invoice.customer = customer
        invoice.save(update_fields=["customer"])
    return invoice
