"""Staff see who holds a customer's seats, find them again, and send another registration link; nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from tests.seats import seating
from tests.web.visitors import words
from torhaus.frame.seats import MAILS_TO_ONE_HOLDER
from torhaus.notices.models import Mail
from torhaus.seats.models import Seat, SeatState

pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def contract(db):
    made = seating.contract(full=4)
    seating.assign(made, "ada", created_by="")
    seating.assign(made, "ben")
    seating.assign(made, "gus", "guest")
    with scopes_disabled():
        ada = Seat.objects.get(contract=made, name="Ada")
        ada.state, ada.organisation = SeatState.ACTIVE, "Hafen"
        ada.save()
    return made


def page(contract, query="") -> str:
    return f"/staff/contracts/{contract.ref}/seats/{query}"


def again(contract, seat) -> str:
    return f"/staff/contracts/{contract.ref}/seats/{seat.ref}/registration/"


def seat_of(name) -> Seat:
    with scopes_disabled():
        return Seat.objects.get(name=name)


@pytest.mark.parametrize("role", ["administrator", "support"])
def test_the_list_is_found_searched_and_filtered(contract, sign_in, role):
    client = sign_in(role)
    for address in (f"/staff/customers/{contract.customer.ref}/", f"/staff/contracts/{contract.ref}/"):
        assert page(contract) in client.get(address).content.decode()
    shown = words(client.get(page(contract)))
    assert "Full seat 2 of 4 used, 2 available invited among the used ones: 1" in shown
    for name in ("Ada", "Ben", "Gus"):
        assert f"{name} {name.lower()}@nordwind.example" in shown
    for query, found in {
        "?text=hafen": {"Ada"},
        "?text=gus%40nord": {"Gus"},
        "?kind=guest": {"Gus"},
        "?state=initiated&kind=full": {"Ben"},
        "?state=active": {"Ada"},
        "?text=nobody": set(),
        "?text=hafen&page=99": {"Ada"},
    }.items():
        shown = words(client.get(page(contract, query)))
        assert {name for name in ("Ada", "Ben", "Gus") if f"{name.lower()}@nordwind.example" in shown} == found, query
    assert "No seat matches" in words(client.get(page(contract, "?text=nobody")))
    assert "Enter at least 3 characters" in words(client.get(page(contract, "?text=ad")))


@pytest.mark.parametrize("role", ["sales", "billing"])
def test_roles_that_do_not_help_find_no_way_there(contract, sign_in, role):
    client = sign_in(role)
    assert page(contract) not in client.get(f"/staff/contracts/{contract.ref}/").content.decode()
    assert client.get(page(contract)).status_code == 403
    assert client.post(again(contract, seat_of("Ben"))).status_code == 403
    assert records("mail_seat_registration") == []


def test_a_contract_without_seats_and_one_that_is_none(world, sign_in):
    client = sign_in("support")
    assert "No seats are booked" in words(client.get(page(world.contract)))
    assert client.get("/staff/contracts/nope/seats/").status_code == 404


def test_whoever_waits_gets_another_link_by_mail_and_the_old_one_works_no_more(contract, sign_in):
    client, before = sign_in("support"), seat_of("Ben").registration
    answer = client.post(again(contract, seat_of("Ben")), follow=True)
    assert answer.redirect_chain == [(page(contract), 303)]
    assert "A new link to ben@nordwind.example is on its way." in words(answer)
    assert seat_of("Ben").registration not in {"", before}
    [record] = records("mail_seat_registration")
    assert (record.actor_ref, record.customer_ref) == (client.user.ref, contract.customer.ref)
    with scopes_disabled():
        assert Mail.objects.filter(recipient="ben@nordwind.example").count() == 1
    for _ in range(MAILS_TO_ONE_HOLDER - 1):
        client.post(again(contract, seat_of("Ben")))
    answer = client.post(again(contract, seat_of("Ben")))
    assert answer.status_code == 429
    assert len(records("mail_seat_registration")) == MAILS_TO_ONE_HOLDER


def test_whoever_came_or_lost_the_seat_gets_none(contract, sign_in):
    client, ada, ben = sign_in("support"), seat_of("Ada"), seat_of("Ben")
    assert "No link is needed: the holder has come" in words(client.post(again(contract, ada), follow=True))
    assert "Send a new link : Ada" not in words(client.get(page(contract)))
    assert "Send a new link : Ben" in words(client.get(page(contract)))
    seating.release(contract, ben)
    other = seating.contract("V-2026-002")
    for address in (again(contract, ben), again(other, ada), f"/staff/contracts/{contract.ref}/seats/x/registration/"):
        assert client.post(address).status_code == 404, address
    assert client.get(again(contract, ada)).status_code == 405
    assert records("mail_seat_registration") == []


def test_queries_do_not_grow_with_the_seats(contract, sign_in):
    client = sign_in("support")
    counts = []
    for number in (1, 60):
        with scopes_disabled():
            Seat.objects.bulk_create(
                Seat(
                    contract=contract,
                    kind=people.item("full", "seat"),
                    place=number * 100 + n,
                    name=f"Person {n}",
                    mail=f"p{number}.{n}@nordwind.example",
                    assigned_at=people.NOON,
                )
                for n in range(number)
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page(contract, "?text=nordwind&sort=-seen&page=2")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
