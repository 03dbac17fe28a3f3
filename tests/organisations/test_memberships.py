"""What the database itself keeps of memberships: one for each person and customer, one owner, an invitation until then."""

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from tests import people
from torhaus.organisations.models import Membership

pytestmark = pytest.mark.django_db


def refused(**fields) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), scopes_disabled():
        Membership.objects.create(**{"invited_at": people.NOON, "state": "active"} | fields)


def test_a_customer_has_one_owner_at_most():
    of, other = people.customer(), people.customer(number="20993")
    people.member(of, "owner")
    people.member(of, "member")
    people.member(other, "owner", mail="other@nordwind.example")
    refused(customer=of, person=people.person("second@nordwind.example"), role="owner")


def test_a_person_is_once_in_a_customer():
    of = people.customer()
    one = people.member(of, "member")
    refused(customer=of, person=one.person, role="auditor")


def test_B103_there_is_an_invitation_exactly_as_long_as_somebody_is_initiated():
    of, who = people.customer(), people.person("new@nordwind.example")
    refused(customer=of, person=who, role="member", state="initiated")
    refused(customer=of, person=who, role="member", state="active", invitation="abcdefghijkl")
    refused(customer=of, person=who, role="member", state="deactivated", invitation="abcdefghijkl")
