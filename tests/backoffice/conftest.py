"""A vendor, a customer with a contract, and staff who are signed in."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from torhaus.records.models import Record


@pytest.fixture
def world(db):
    """One customer with a contract and a booking, another one beside it."""
    people.vendor()
    customer = people.customer()
    contract = people.contract(customer)
    people.booking(contract)
    other = people.customer(number="20001", name="Südwind AG", language="en")
    return SimpleNamespace(customer=customer, contract=contract, other=other)


@pytest.fixture
def sign_in(db):
    """Give a client signed in as staff of a role, through the sign-in page."""

    def enter(role="administrator", mail=None, **headers):
        user = people.staff(role, mail)
        client = Client(headers={"accept-language": "en", **headers})
        answer = client.post("/staff/sign-in/", {"mail": user.mail, "password": people.PASSWORD})
        assert answer.status_code == 302, answer.content.decode()
        client.user = user
        return client

    return enter


def records(deed=""):
    """All records, or those of one deed, oldest first."""
    with scopes_disabled():
        rows = Record.objects.order_by("pk")
        return list(rows.filter(deed=deed) if deed else rows)
