"""Bulk writes and their reads for the import: policies of plans and of contracts.

Callers switch the tenant scope off: a vendor's file is about all customers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torhaus.catalogue.imports import item_ids
from torhaus.licensing.models import ContractPolicy, PlanPolicy
from torhaus.licensing.policies import FIELDS
from torhaus.records.deeds import part
from torhaus.subscriptions.imports import contract_ids_across_customers, mark_contracts_changed
from torhaus.vendor.actions import mark_vendor_changed

Values = dict[str, Any]
Key = tuple[str | None, str | None]


def stored_policies_across_customers(rows: Sequence[Values]) -> Mapping[Key, Values]:
    """Give the policies of the plans and contracts that ``rows`` name, by plan's key and contract's number."""
    plans = PlanPolicy.objects.filter(plan__key__in={row["plan"] for row in rows if row["plan"]})
    contracts = ContractPolicy.objects.filter(contract__number__in={row["contract"] for row in rows if row["contract"]})
    found: dict[Key, Values] = {}
    for row in plans.values("plan__key", *FIELDS):
        found[row["plan__key"], None] = {"plan": row["plan__key"], "contract": None} | _fields(row)
    for row in contracts.values("contract__number", *FIELDS):
        found[None, row["contract__number"]] = {"plan": None, "contract": row["contract__number"]} | _fields(row)
    return found


@part
def put_policies(*, rows: Sequence[Values]) -> None:
    """Write policies, new and changed. The caller has locked the vendor's row, and then the contracts."""
    of_plans = [row for row in rows if row["plan"]]
    of_contracts = [row for row in rows if row["contract"]]
    plans = item_ids([row["plan"] for row in of_plans])
    contracts = contract_ids_across_customers([row["contract"] for row in of_contracts])
    PlanPolicy.objects.bulk_create(
        [PlanPolicy(plan_id=plans[row["plan"]], **_fields(row)) for row in of_plans],
        update_conflicts=True,
        unique_fields=["plan"],
        update_fields=FIELDS,
    )
    ContractPolicy.objects.bulk_create(
        [ContractPolicy(contract_id=contracts[row["contract"]], **_fields(row)) for row in of_contracts],
        update_conflicts=True,
        unique_fields=["contract"],
        update_fields=FIELDS,
    )
    if of_plans:
        mark_vendor_changed()
    mark_contracts_changed(ids=contracts.values())


def _fields(row: Values) -> Values:
    return {name: row[name] for name in FIELDS}
