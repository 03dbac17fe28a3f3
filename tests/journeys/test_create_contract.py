"""A contract is opened for a customer who exists, once."""

import pytest
from django.db import IntegrityError
from django_scopes import scopes_disabled

from tests import people
from torhaus.journeys.create_contract import NewContract, UnknownCustomer, create_contract
from torhaus.records.models import Record
from torhaus.subscriptions.actions import ContractNumberTaken
from torhaus.subscriptions.models import Contract, ContractKind

pytestmark = pytest.mark.django_db


def agreed(**fields):
    values = {
        "number": "V-1",
        "product": people.product(),
        "kind": ContractKind.PERPETUAL,
        "starts_on": people.NOON.date(),
    }
    return NewContract(**values | fields)


def test_it_is_opened_and_recorded():
    customer = people.customer()
    contract = create_contract(customer_ref=customer.ref, agreed=agreed(), by=people.SYSTEM)
    with scopes_disabled():
        record = Record.objects.get()
    assert (record.deed, record.customer_ref, record.subject_ref) == ("create_contract", customer.ref, contract.ref)
    assert record.after["starts_on"] == "2026-11-22"


def test_it_refuses_a_taken_number_and_an_unknown_customer():
    customer = people.customer()
    create_contract(customer_ref=customer.ref, agreed=agreed(), by=people.SYSTEM)
    with pytest.raises(ContractNumberTaken):
        create_contract(customer_ref=customer.ref, agreed=agreed(), by=people.SYSTEM)
    with pytest.raises(UnknownCustomer):
        create_contract(customer_ref="nope", agreed=agreed(number="V-2"), by=people.SYSTEM)
    with scopes_disabled():
        assert (Contract.objects.count(), Record.objects.count()) == (1, 1)


def test_the_database_refuses_what_the_form_should_have():
    customer = people.customer()
    with pytest.raises(IntegrityError):
        create_contract(customer_ref=customer.ref, agreed=agreed(auto_renews=True), by=people.SYSTEM)
