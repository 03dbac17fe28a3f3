"""Bulk writes and their reads for the import: readings, whosever they are.

What products reported themselves stands: a file's reading of such a day is left out, and neither new nor a change.
Callers switch the tenant scope off: a vendor's file is about all customers.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from torhaus.catalogue.imports import meter_ids
from torhaus.records.deeds import part
from torhaus.subscriptions.imports import contract_ids_across_customers, mark_contracts_changed
from torhaus.usage.models import Reading

Values = dict[str, Any]


def stored_readings_across_customers(rows: Sequence[Values]) -> dict[tuple[str, str, str], Values]:
    """Give the readings of the contracts and days that ``rows`` name, by contract, meter and day.

    Where a product reported its own, that is what the file says, so that there is nothing to change.
    """
    said = {(row["contract"], row["meter"], row["on"]): row["quantity"] for row in rows}
    found = Reading.objects.filter(
        contract__number__in={row["contract"] for row in rows}, on__in={row["on"] for row in rows}
    ).values_list("contract__number", "meter__key", "on", "quantity", "reported")
    stored = {}
    for contract, meter, on, quantity, reported in found:
        key = (contract, meter, on.isoformat())
        counts = said.get(key, quantity) if reported else quantity
        stored[key] = {"contract": contract, "meter": meter, "on": key[2], "quantity": counts}
    return stored


@part
def put_readings(*, rows: Sequence[Values]) -> None:
    """Write readings, new and changed, but none of a day for which a product reported its own.

    The caller has locked the contracts.
    """
    contracts = contract_ids_across_customers([row["contract"] for row in rows])
    meters = meter_ids([row["meter"] for row in rows])
    same = Reading.objects.filter(contract__in=contracts.values(), on__in={row["on"] for row in rows})
    reported = set(same.filter(reported=True).values_list("contract_id", "meter_id", "on"))
    keys = [(contracts[row["contract"]], meters[row["meter"]], date.fromisoformat(row["on"])) for row in rows]
    Reading.objects.bulk_create(
        [
            Reading(contract_id=contract, meter_id=meter, on=on, quantity=row["quantity"])
            for row, (contract, meter, on) in zip(rows, keys, strict=True)
            if (contract, meter, on) not in reported
        ],
        update_conflicts=True,
        unique_fields=["contract", "meter", "on"],
        update_fields=["quantity"],
    )
    mark_contracts_changed(ids=contracts.values())
