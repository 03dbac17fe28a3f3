"""Bulk writes and their reads for the import: readings, whosever they are.

Callers switch the tenant scope off: a vendor's file is about all customers.
"""

from collections.abc import Sequence
from typing import Any

from torhaus.catalogue.imports import meter_ids
from torhaus.records.deeds import part
from torhaus.subscriptions.imports import contract_ids_across_customers
from torhaus.usage.models import Reading

Values = dict[str, Any]


def stored_readings_across_customers(rows: Sequence[Values]) -> dict[tuple[str, str, str], Values]:
    """Give the readings of the contracts and days that ``rows`` name, by contract, meter and day."""
    found = Reading.objects.filter(
        contract__number__in={row["contract"] for row in rows}, on__in={row["on"] for row in rows}
    ).values_list("contract__number", "meter__key", "on", "quantity")
    return {
        (contract, meter, on.isoformat()): {
            "contract": contract,
            "meter": meter,
            "on": on.isoformat(),
            "quantity": quantity,
        }
        for contract, meter, on, quantity in found
    }


@part
def put_readings(*, rows: Sequence[Values]) -> None:
    """Write readings, new and changed."""
    contracts = contract_ids_across_customers([row["contract"] for row in rows])
    meters = meter_ids([row["meter"] for row in rows])
    Reading.objects.bulk_create(
        [
            Reading(
                contract_id=contracts[row["contract"]],
                meter_id=meters[row["meter"]],
                on=row["on"],
                quantity=row["quantity"],
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["contract", "meter", "on"],
        update_fields=["quantity"],
    )
