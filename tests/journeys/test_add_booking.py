"""A booking is appended once, after a lock, and never changes what stands."""

import pytest
from django.db import DatabaseError, transaction
from django_scopes import scopes_disabled

from tests import people, servers
from tests.licensing.crowds import ENGINES
from torhaus.catalogue.models import ItemKind
from torhaus.journeys.add_booking import NewBooking, add_booking
from torhaus.records.models import Record
from torhaus.subscriptions.actions import ContractChanged, UnknownContract
from torhaus.subscriptions.models import Booking, Contract

MORE = NewBooking(line="plan", quantity=7, kind=ItemKind.PLAN)


@pytest.mark.django_db
def test_it_is_appended_and_the_revision_rises():
    contract = people.contract(people.customer())
    standing = people.booking(contract)
    booking = add_booking(contract_ref=contract.ref, new=MORE, last_seen=standing.pk, by=people.SYSTEM)
    with scopes_disabled():
        assert Booking.objects.get(pk=standing.pk).quantity == 5000
        assert Contract.objects.get().revision == 1
        record = Record.objects.get()
    assert booking.quantity == 7
    assert (record.before["quantity"], record.after["quantity"]) == (5000, 7)


@pytest.mark.django_db
def test_the_same_review_books_once():
    contract = people.contract(people.customer())
    add_booking(contract_ref=contract.ref, new=MORE, last_seen=0, by=people.SYSTEM)
    with pytest.raises(ContractChanged):
        add_booking(contract_ref=contract.ref, new=MORE, last_seen=0, by=people.SYSTEM)
    with scopes_disabled():
        assert (Booking.objects.count(), Record.objects.count(), Contract.objects.get().revision) == (1, 1, 1)


@pytest.mark.django_db
def test_an_unknown_contract_is_refused():
    with pytest.raises(UnknownContract):
        add_booking(contract_ref="nope", new=MORE, last_seen=0, by=people.SYSTEM)


@pytest.mark.django_db
def test_what_was_booked_stays():
    booking = people.booking(people.contract(people.customer()))
    with pytest.raises(TypeError):
        booking.delete()
    with pytest.raises(DatabaseError), transaction.atomic(), scopes_disabled():
        Booking.objects.filter(pk=booking.pk).update(quantity=1)


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize("database", ENGINES)
def test_one_review_confirmed_six_times_at_once_books_once(database):
    with servers.installation(database=database) as here:
        ref = here.python("people.vendor(); print(people.contract(people.customer()).ref)").split()[-1]
        code = f"""
            import threading
            from django.db import connection
            from torhaus.catalogue.models import ItemKind
            from torhaus.journeys.add_booking import NewBooking, add_booking
            from torhaus.subscriptions.actions import ContractChanged
            said = []
            def run():
                new = NewBooking(line="a", quantity=1, kind=ItemKind.SERVICE, name="A")
                try:
                    add_booking(contract_ref={ref!r}, new=new, last_seen=0, by=people.SYSTEM)
                    said.append("booked")
                except ContractChanged:
                    said.append("refused")
                connection.close()
            threads = [threading.Thread(target=run) for _ in range(6)]
            [t.start() for t in threads]; [t.join() for t in threads]
            print(*said)
            """
        assert sorted(here.python(code).split()) == ["booked"] + ["refused"] * 5
