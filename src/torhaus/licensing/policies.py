"""Reads of policies: which one is in force for a contract and where it comes from; and as values of a form or a file."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Value

from torhaus.catalogue.models import Item, ItemKind, SupportPackage
from torhaus.licensing.grants import Policy
from torhaus.licensing.models import ContractPolicy, LicenceModel, PlanPolicy, PolicyFields
from torhaus.licensing.policy_rules import MOST_PLACES
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import Row

FIELDS = (
    "model",
    "max_installations",
    "max_leases",
    "per_unit",
    "lease_seconds",
    "test_installations",
    "overage",
    "overage_percent",
    "after_grace",
    "fallback",
    "matching",
    "minimum_version",
    "maximum_version",
    "environments",
    "checksums",
    "enforcement",
    "check_hours",
    "offline_grace_days",
    "offline_files",
)


@dataclass(frozen=True)
class Stated:
    """The policy that is in force as it was written, and where it comes from: contract, plan, or nowhere (usual)."""

    source: str
    values: dict[str, Any]


def usual_values() -> dict[str, Any]:
    """Give the fields of the usual policy, that of whoever has none: without limits."""
    return values_of(ContractPolicy())


def values_of(policy: PolicyFields) -> dict[str, Any]:
    """Give the fields of a policy by name."""
    return {name: getattr(policy, name) for name in FIELDS}


def digest_of_policy(values: dict[str, Any] | None) -> str:
    """Give a digest of a policy's fields, by which a page says which one it showed; empty for none."""
    if values is None:
        return ""
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]


def stated_policy(contract_id: int, plan_item_id: int | None) -> Stated:
    """Give the policy in force: the contract's own, else its plan's, else the usual one. Inside the scope.

    One query for both, since pages that show a licence have many others to make.
    """
    own: Any = ContractPolicy.objects.filter(contract_id=contract_id)
    of_plan: Any = PlanPolicy.objects.filter(plan_id=plan_item_id)
    both = _with_source(own, "contract").union(_with_source(of_plan, "plan"), all=True)
    found = {source: dict(zip(FIELDS, values, strict=True)) for source, *values in both}
    source = next((one for one in ("contract", "plan") if one in found), "usual")
    return Stated(source, found.get(source) or usual_values())


def _with_source(policies: Any, source: str) -> Any:
    return policies.annotate(source=Value(source)).values_list("source", *FIELDS)


def inherited_policy(plan_item_id: int | None) -> Stated:
    """Give the policy of whoever has none of its own: the plan's, else the usual one."""
    plans = PlanPolicy.objects.filter(plan_id=plan_item_id).first() if plan_item_id else None
    return Stated("plan", values_of(plans)) if plans else Stated("usual", usual_values())


def policy_in_force(contract: Contract, plan: Booking | None, rows: Sequence[Row]) -> Policy:
    """Give the policy of a contract with its limits multiplied by what is booked, inside the scope.

    ``plan`` is the booking of the plan that decides, ``rows`` all lines that count.
    """
    stated = stated_policy(contract.pk, plan.item_id if plan else None)
    return policy_from(stated.values, units=plan.quantity if plan else 1, brought=_brought(rows))


def policy_from(values: dict[str, Any], *, units: int, brought: int) -> Policy:
    """Give a policy for ``units`` of the plan and ``brought`` test installations of support packages.

    A limit that its model does not count is no limit.
    """
    # Plain words, so that what is derived equals what was read back.
    said: dict[str, Any] = {
        name: str(value) if isinstance(value, str) else value for name, value in values.items() if name != "per_unit"
    }
    times = units if values["per_unit"] else 1
    model = values["model"]
    counts_machines = model in (LicenceModel.NODE_LOCKED, LicenceModel.FLOATING)
    said["max_installations"] = _times(values["max_installations"], times) if counts_machines else None
    said["max_leases"] = _times(values["max_leases"], times) if model == LicenceModel.FLOATING else None
    tests = values["test_installations"]
    said["test_installations"] = brought if tests is None else tests
    said["environments"] = tuple(values["environments"])
    said["checksums"] = tuple(one.lower() for one in values["checksums"])
    return Policy(**said)


def _times(limit: int | None, units: int) -> int | None:
    return None if limit is None else min(limit * units, MOST_PLACES)


def _brought(rows: Iterable[Row]) -> int:
    """Give how many test installations the booked support packages bring (B62)."""
    packages = {row.booking.item_id for row in rows if row.booking.kind == ItemKind.SUPPORT}
    if not packages:
        return 0
    return sum(SupportPackage.objects.filter(item_id__in=packages).values_list("test_installations", flat=True))


def plan_policies() -> dict[int, PlanPolicy]:
    """Give the policies of plans by the plan's item."""
    return {one.plan_id: one for one in PlanPolicy.objects.select_related("plan__product").order_by("plan__key")}


def plan_policy(plan: Item) -> PlanPolicy | None:
    """Give the policy of a plan, if it has one of its own."""
    return PlanPolicy.objects.filter(plan=plan).first()


def contract_policy(contract_id: int) -> ContractPolicy | None:
    """Give the contract's own policy, if it has one, inside the scope."""
    return ContractPolicy.objects.filter(contract_id=contract_id).first()
