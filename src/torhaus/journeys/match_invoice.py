"""Staff give an invoice that came without a known customer to the customer it belongs to."""

from torhaus.billing.actions import assign_invoice
from torhaus.billing.models import Invoice
from torhaus.journeys.create_contract import UnknownCustomer
from torhaus.organisations.search import customer_across_customers
from torhaus.records.deeds import Actor, deed, write_record


@deed("match_invoice")
def match_invoice(*, invoice_ref: str, customer_ref: str, by: Actor) -> Invoice:
    """Match an invoice to a customer.

    Raises:
        UnknownCustomer: no such customer.
        UnknownInvoice: no such invoice.
        AlreadyMatched: it has a customer.
    """
    customer = customer_across_customers(customer_ref)
    if customer is None:
        raise UnknownCustomer(customer_ref)
    invoice = assign_invoice(ref=invoice_ref, customer=customer)
    write_record(
        by=by,
        customer_ref=customer.ref,
        subject=("invoice", invoice.ref),
        before={"customer": "", "customer_hint": invoice.customer_hint},
        after={"invoice": invoice.number, "customer": customer.number},
    )
    return invoice
