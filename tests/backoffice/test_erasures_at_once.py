"""Two erasures at once take the same contracts in different orders, and neither stops the other.

On SQLite there is one writer, so only PostgreSQL could let them wait for each other.
"""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.one_person import asked, at_the_desk, erase, records, signed_in
from tests.seats import seating
from tests.web.visitors import words
from torhaus.accounts.models import User
from torhaus.catalogue.models import EducationCategory
from torhaus.core import clock
from torhaus.journeys.erase_person import deed
from torhaus.seats.models import Seat
from torhaus.subscriptions.models import EducationRequest

pytestmark = pytest.mark.django_db(transaction=True)
MAILS = ("mara@nordwind.example", "nora@nordwind.example")


@pytest.fixture
def requests():
    """Each holds a seat of the contract for which the other asked for education terms."""
    first = seating.contract(full=4)
    second = people.contract(first.customer, "V-2", product=first.product)
    seating.book(second, "full", 4)
    people.member(first.customer, "owner")
    schools = EducationCategory.objects.create(key="school", name={"": "Schools"})
    made = []
    for mail, seated, wanted in zip(MAILS, (second, first), (first, second), strict=True):
        user = people.person(mail)
        people.member(first.customer, "administrator", person=user)
        seating.assign(seated, seating.Holder("Somebody", mail))
        with scopes_disabled():
            EducationRequest.objects.create(
                contract=wanted, category=schools, institution="School", asked_by=user, asked_at=clock.now()
            )
        made.append(asked(signed_in(mail), mail))
    return made


def test_two_erasures_at_once_wait_for_each_other_in_one_order(requests, monkeypatch):
    both = threading.Barrier(2)
    whole = deed.forget_asker

    def after_the_seats(user):
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(2)  # each has locked the contract of its seats, if it can come so far beside the other
        return whole(user)

    monkeypatch.setattr(deed, "forget_asker", after_the_seats)

    def one(ref):
        try:
            return words(erase(at_the_desk(mail=f"{ref.lower()}@acme.example"), ref))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(one, requests))
    assert len(records("erase_person")) == 2, said
    with scopes_disabled():
        assert not User.objects.filter(mail__in=MAILS).exists()
        assert not Seat.objects.filter(mail__in=MAILS).exists()
        assert set(EducationRequest.objects.values_list("state", "asked_by")) == {("withdrawn", None)}
