"""Many seats at once, all or none: the part of an import that gives them out, as ``assign_seat`` gives out one."""

from collections import Counter
from collections.abc import Sequence

from torhaus.core import clock
from torhaus.records.deeds import Actor, CustomerRecord, part, write_customer_records
from torhaus.seats.models import Seat
from torhaus.seats.queries import KindStanding
from torhaus.seats.refused_reminders import heed_refusals
from torhaus.seats.registration import add_registration
from torhaus.seats.rules import free_places
from torhaus.seats.seat_plan import SeatPlan
from torhaus.subscriptions.models import Contract
from torhaus.usage.warnings import note_seat_assigned

BATCH = 500


@part
def add_seats(*, contract: Contract, plan: SeatPlan, by: Actor) -> list[Seat]:
    """Give out every seat of a plan that fits, made in the scope of this locked contract; records one for each seat."""
    needed, seats, now = Counter(one.line.kind for one in plan.new), [], clock.now()
    places = {key: iter(_places(contract, plan.kinds[key], many)) for key, many in needed.items()}
    for one in plan.new:
        line, kind = one.line, plan.kinds[one.line.kind]
        seat = Seat(
            contract=contract,
            kind=kind.item,
            place=next(places[line.kind]),
            name=line.holder.name,
            mail=line.holder.mail,
            organisation=line.holder.organisation,
            ends_on=line.ends_on,
            may_create_guests=bool(kind.detail and kind.detail.personal and kind.detail.bookable),
            assigned_at=now,
        )
        if kind.detail and kind.detail.personal:
            add_registration(seat, now)
        seats.append(seat)
    heed_refusals(seats)
    Seat.objects.bulk_create(seats, batch_size=BATCH)
    for key, many in needed.items():
        count, item = plan.kinds[key].count, plan.kinds[key].item
        if item is not None:
            note_seat_assigned(contract=contract, kind=item, used=count.used + many, booked=count.booked, added=many)
    _record(contract, seats, by)
    return seats


def _places(contract: Contract, kind: KindStanding, many: int) -> list[int]:
    held = Seat.objects.filter(contract=contract, kind=kind.item, released_at__isnull=True)
    return free_places(set(held.values_list("place", flat=True)), many)


def _record(contract: Contract, seats: Sequence[Seat], by: Actor) -> None:
    """Write of each seat what ``assign_seat`` writes: products read them one by one, and so do people."""
    entries = []
    for seat in seats:
        after = {"contract": contract.number, "seat": seat.ref, "kind": seat.kind.key}
        after |= {"ends_on": seat.ends_on.isoformat()} if seat.ends_on else {}
        personal = {"seat_name": seat.name, "seat_mail": seat.mail, "actor_name": by.name, "actor_address": by.address}
        about = ("contract", contract.ref)
        entries.append(CustomerRecord("assign_seat", contract.customer.ref, about, after, personal))
    write_customer_records(by=by, entries=entries)
