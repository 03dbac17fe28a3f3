"""An invoice is given to one customer, once."""

import pytest
from django_scopes import scopes_disabled

from tests import people
from torhaus.billing.actions import AlreadyMatched, UnknownInvoice
from torhaus.billing.models import Invoice
from torhaus.journeys.create_contract import UnknownCustomer
from torhaus.journeys.match_invoice import match_invoice
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice():
    with scopes_disabled():
        return Invoice.objects.create(number="R-1", issued_on=people.NOON.date(), currency="EUR", gross_cents=1)


def test_it_is_matched_and_recorded(invoice):
    customer = people.customer()
    match_invoice(invoice_ref=invoice.ref, customer_ref=customer.ref, by=people.SYSTEM)
    with scopes_disabled():
        assert Invoice.objects.get().customer_id == customer.pk
        record = Record.objects.get()
    assert (record.customer_ref, record.subject_ref, record.after["invoice"]) == (customer.ref, invoice.ref, "R-1")


def test_it_never_changes_hands(invoice):
    first, second = people.customer(), people.customer(number="2")
    match_invoice(invoice_ref=invoice.ref, customer_ref=first.ref, by=people.SYSTEM)
    with pytest.raises(AlreadyMatched):
        match_invoice(invoice_ref=invoice.ref, customer_ref=second.ref, by=people.SYSTEM)
    with scopes_disabled():
        assert Invoice.objects.get().customer_id == first.pk
        assert Record.objects.count() == 1


def test_what_is_unknown_is_refused(invoice):
    with pytest.raises(UnknownCustomer):
        match_invoice(invoice_ref=invoice.ref, customer_ref="nope", by=people.SYSTEM)
    with pytest.raises(UnknownInvoice):
        match_invoice(invoice_ref="nope", customer_ref=people.customer().ref, by=people.SYSTEM)
    with scopes_disabled():
        assert not Record.objects.exists()
