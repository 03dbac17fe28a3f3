"""What the tests of seats share: a contract with kinds of seats, and short ways to the deeds."""

from django_scopes import scope, scopes_disabled

from tests import people
from torhaus.catalogue.models import Plan, SeatKind, SeatRatio
from torhaus.core import clock
from torhaus.seats.assign_seat import assign_seat
from torhaus.seats.holders import Holder
from torhaus.seats.models import Seat
from torhaus.seats.queries import seat_standing
from torhaus.seats.release_seat import release_seat
from torhaus.seats.rules import Count
from torhaus.subscriptions.models import Booking, Contract


def kinds() -> None:
    """Full seats that own what they make, two guests with each, and data rooms that nobody in person holds."""
    plan = Plan.objects.get_or_create(item=people.item())[0]
    for key, fields in {
        "full": {"release_deletes": True},
        "guest": {"bookable": False},
        "room": {"personal": False, "release_deletes": True},
    }.items():
        made = people.item(key, "seat", name={"en": f"{key.title()} seat", "de": f"Platz {key}"})
        SeatKind.objects.get_or_create(item=made, defaults=fields)
    full, guest = people.item("full", "seat"), people.item("guest", "seat")
    SeatRatio.objects.get_or_create(plan=plan, leading=full, following=guest, defaults={"quantity": 2})


def contract(number="V-2026-001", full=2, room=1, **fields) -> Contract:
    """A contract with so many seats booked."""
    people.vendor()
    kinds()
    made = people.contract(people.customer(number=f"1{number[-4:]}"), number, **fields)
    people.booking(made)
    book(made, "full", full)
    book(made, "room", room)
    return made


def book(of: Contract, kind: str, quantity: int) -> Booking:
    """Book so many seats of a kind from now on."""
    return people.booking(of, f"seats {kind}", kind="seat", item=people.item(kind, "seat"), quantity=quantity)


def someone(name="ada", **fields) -> Holder:
    """A person with an address."""
    return Holder(**{"name": name.title(), "mail": f"{name}@nordwind.example"} | fields)


def assign(of: Contract, who="ada", kind="full", **fields) -> Seat:
    """Assign a seat to the person ``who``, or to a holder."""
    holder = who if isinstance(who, Holder) else someone(who)
    return assign_seat(contract_ref=of.ref, kind=kind, holder=holder, **{"by": people.SYSTEM} | fields)


def release(of: Contract, seat: Seat):
    """Release a seat."""
    return release_seat(contract_ref=of.ref, seat_ref=seat.ref, by=people.SYSTEM)


def standing(of: Contract) -> dict[str, Count]:
    """How each kind stands."""
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        return {one.key: one.count for one in seat_standing(of, clock.today("Europe/Berlin"))}


def held(of: Contract) -> list[tuple[str, int, str]]:
    """Kind, place and mail of each seat that is held."""
    with scopes_disabled():
        rows = Seat.objects.filter(contract=of, released_at__isnull=True).order_by("kind__key", "place")
        return list(rows.values_list("kind__key", "place", "mail"))
