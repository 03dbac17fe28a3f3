"""Ticket numbers: one after the other, each once, also by processes at the same moment and over a turn of the year."""

from datetime import datetime

import pytest
from django_scopes import scopes_disabled

from tests import people, processes
from tests.web.tickets import ticket
from torhaus.core import clock
from torhaus.support.models import Message, Ticket, TicketNumbers

ASK = """
from django.db import OperationalError
from django_scopes import scopes_disabled
from tests import people
from tests.web.tickets import ticket
from torhaus.subscriptions.models import Contract
from torhaus.support.messages import AlreadySaid
with scopes_disabled():
    contract = Contract.objects.get()


def ask(**fields):
    while True:
        try:
            return ticket(contract, **fields)
        except AlreadySaid:
            return None
        except OperationalError:  # a busy machine: SQLite lets one write at a time, and a person tries again
            continue


for n in range(5):
    ask(body=f"Question {{n}} of {name}")
    ask(body="The same form", nonce=f"{{n:022}}")
"""


def numbers() -> list[str]:
    with scopes_disabled():
        return list(Ticket.objects.order_by("pk").values_list("number", flat=True))


@pytest.mark.django_db
def test_numbers_count_within_the_vendors_year():
    people.vendor()
    contract = people.contract(people.customer())
    with clock.at(datetime(2026, 12, 31, 23, 59, tzinfo=people.BERLIN)):
        ticket(contract)
        ticket(contract)
    with clock.at(datetime(2027, 1, 1, 0, 1, tzinfo=people.BERLIN)):  # in UTC it is still 2026
        ticket(contract)
    assert numbers() == ["T-2026-00001", "T-2026-00002", "T-2027-00001"]
    TicketNumbers.objects.filter(year=2027).update(last=99_999)
    with clock.at(datetime(2027, 2, 1, tzinfo=people.BERLIN)):
        ticket(contract)
    assert numbers()[-1] == "T-2027-100000"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_processes_that_ask_at_once_get_each_number_once_and_a_form_sent_twice_is_one_ticket():
    people.vendor()
    people.contract(people.customer())
    env = processes.environment(PYTHONPATH=".")
    started = [processes.start_code(ASK.format(name=name), env=env) for name in "abc"]
    for process in started:
        processes.finish(process, timeout=110)
    found = numbers()
    assert len(found) == 3 * 5 + 5
    assert sorted(found) == [f"T-{clock.now().year}-{n:05}" for n in range(1, len(found) + 1)]
    with scopes_disabled():
        assert Message.objects.filter(nonce__isnull=False).count() == 5
