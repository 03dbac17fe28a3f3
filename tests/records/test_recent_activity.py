"""A customer's activity: its own, the newest first, sealed or not."""

import pytest
from django_scopes import scope
from django_scopes.exceptions import ScopeError

from tests import people
from torhaus.records.actions import seal_records
from torhaus.records.deeds import deed, write_record
from torhaus.records.queries import recent_activity

pytestmark = pytest.mark.django_db


@deed("plant")
def plant(*, customer_ref, n):
    write_record(by=people.SYSTEM, customer_ref=customer_ref, after={"n": n})


def test_activity_of_one_customer():
    for n in range(6):
        plant(customer_ref="ours" if n % 2 else "theirs", n=n)
    seal_records()
    plant(customer_ref="ours", n=7)
    with scope(customer_ref="ours"):
        assert [record.after["n"] for record in recent_activity(3)] == [7, 5, 3]


def test_R71_without_a_scope_nothing_is_read():
    with pytest.raises(ScopeError):
        recent_activity(3)
