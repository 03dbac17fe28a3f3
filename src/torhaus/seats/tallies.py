"""Whether what the database keeps count of is what the rows say, and what sets it right where it is not."""

from dataclasses import dataclass

from django.db import connection, transaction
from django_scopes import scopes_disabled

from torhaus.catalogue.models import Item
from torhaus.records.deeds import housekeeping
from torhaus.seats.models import SeatTally
from torhaus.subscriptions.models import Contract

# One statement sees all of it at one moment, whoever writes seats meanwhile.
_MISCOUNTED = """
SELECT contract_id, kind_id, state, SUM(held), SUM(counted), SUM(size) FROM (
  SELECT contract_id, kind_id, state, held, owned, 0 AS counted, 0 AS size FROM seats_seattally {of_contract}
  UNION ALL
  SELECT contract_id, kind_id, state, 0, 0, 1, CAST(owned_bytes AS double precision) FROM seats_seat
  WHERE released_at IS NULL {and_of_contract}
) AS rows_of_both GROUP BY contract_id, kind_id, state HAVING SUM(held) <> SUM(counted) OR SUM(owned) <> SUM(size)
ORDER BY contract_id, kind_id, state
"""
EVERY = _MISCOUNTED.format(of_contract="", and_of_contract="")
OF_CONTRACT = _MISCOUNTED.format(
    of_contract="WHERE contract_id = %(contract)s", and_of_contract="AND contract_id = %(contract)s"
)


@dataclass(frozen=True)
class MiscountedSeats:
    """Seats of a kind (key) and state of a contract (number): so many are kept count of, and so many are ``held``."""

    contract: str
    kind: str
    state: str
    kept: int
    held: int


def miscounted_seats_across_customers() -> list[MiscountedSeats]:
    """Give where the kept numbers, or what the seats own, are not what the rows say. None is what there should be."""
    found = _miscounted()
    with scopes_disabled():
        contracts = dict(Contract.objects.filter(pk__in={row[0] for row in found}).values_list("pk", "number"))
    kinds = dict(Item.objects.filter(pk__in={row[1] for row in found}).values_list("pk", "key"))
    return [
        MiscountedSeats(contracts.get(contract, ""), kinds.get(kind, ""), state, int(kept), int(held))
        for contract, kind, state, kept, held, _ in found
    ]


@housekeeping
def recount_seats() -> int:
    """Set kept numbers right that somebody put wrong past the deeds, or by bringing back half a backup; give how many."""
    return sum(_recounted(contract) for contract in sorted({row[0] for row in _miscounted()}))


def _recounted(contract: int) -> int:
    with scopes_disabled(), transaction.atomic():
        # Counted once the contract is locked: whoever writes its seats meanwhile waits, and adds to what is set here.
        Contract.objects.select_for_update(of=("self",)).get(pk=contract)
        wrong = _miscounted(contract)
        for _, kind, state, _, held, size in wrong:
            now = {"held": int(held), "owned": float(size)}
            SeatTally.objects.update_or_create(contract_id=contract, kind_id=kind, state=state, defaults=now)
    return len(wrong)


def _miscounted(contract: int | None = None) -> list[tuple[int, int, str, int, int, float]]:
    with connection.cursor() as cursor:
        if contract is None:
            cursor.execute(EVERY)
        else:
            cursor.execute(OF_CONTRACT, {"contract": contract})
        rows: list[tuple[int, int, str, int, int, float]] = cursor.fetchall()
        return rows
