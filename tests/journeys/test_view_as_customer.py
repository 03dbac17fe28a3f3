"""Looking at a portal with a customer's eyes is recorded where that customer sees it."""

import pytest
from django_scopes import scope, scopes_disabled

from tests import people
from torhaus.journeys.view_as_customer import view_as_customer
from torhaus.records.models import Record
from torhaus.subscriptions.actions import UnknownContract

pytestmark = pytest.mark.django_db


def test_the_customer_sees_who_looked():
    customer = people.customer()
    contract = people.contract(customer)
    view_as_customer(contract_ref=contract.ref, by=people.SYSTEM)
    with scope(customer=customer.pk, customer_ref=customer.ref):
        record = Record.objects.get()
    assert (record.deed, record.subject_ref) == ("view_as_customer", contract.ref)


def test_an_unknown_contract_is_refused_without_a_record():
    with pytest.raises(UnknownContract):
        view_as_customer(contract_ref="nope", by=people.SYSTEM)
    with scopes_disabled():
        assert not Record.objects.exists()
