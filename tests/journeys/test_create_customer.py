"""A customer comes into being whole, with one record, or not at all."""

import pytest
from django_scopes import scopes_disabled

from tests import people
from torhaus.journeys.create_contract import NewContract
from torhaus.journeys.create_customer import NewCustomer, create_customer
from torhaus.organisations.actions import CustomerNumberTaken, add_customer
from torhaus.organisations.models import Address, Contact, Customer
from torhaus.records.deeds import DeedError
from torhaus.records.models import PersonalValue, Record
from torhaus.subscriptions.actions import ContractNumberTaken
from torhaus.subscriptions.models import ContractKind

pytestmark = pytest.mark.django_db
NEW = NewCustomer(
    number="1",
    name="Ä & Co",
    language="de",
    city="Köln",
    country="DE",
    contact_name="Ada",
    contact_mail="ada@a.example",
)


def counted():
    with scopes_disabled():
        return [model.objects.count() for model in (Customer, Address, Contact, Record)]


def test_it_is_created_with_one_record_that_keeps_the_person_apart():
    customer = create_customer(new=NEW, by=people.SYSTEM)
    assert counted() == [1, 1, 1, 1]
    with scopes_disabled():
        record = Record.objects.get()
    assert (record.customer_ref, record.subject_ref) == (customer.ref, customer.ref)
    assert "Ada" not in str(record.after)
    assert set(PersonalValue.objects.values_list("field", flat=True)) == {"contact_name", "contact_mail"}


def test_a_taken_number_is_refused_and_leaves_nothing():
    create_customer(new=NEW, by=people.SYSTEM)
    with pytest.raises(CustomerNumberTaken):
        create_customer(new=NEW, by=people.SYSTEM)
    assert counted() == [1, 1, 1, 1]


def test_a_taken_contract_number_leaves_no_customer():
    people.contract(people.customer(), number="V-1")
    agreed = NewContract(
        number="V-1", product=people.product(), kind=ContractKind.PERPETUAL, starts_on=people.NOON.date()
    )
    with pytest.raises(ContractNumberTaken):
        create_customer(new=NEW, first_contract=agreed, by=people.SYSTEM)
    assert counted() == [1, 0, 0, 0]


def test_its_steps_do_not_run_unrecorded():
    with pytest.raises(DeedError):
        add_customer(number="1", name="A", language="de")
