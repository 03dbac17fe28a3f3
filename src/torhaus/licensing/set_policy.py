"""The deeds that write and take back policies: of a plan, and of one contract."""

from typing import Any

from django_scopes import scopes_disabled

from torhaus.catalogue.models import Item, ItemKind
from torhaus.licensing.models import ContractPolicy, PlanPolicy
from torhaus.licensing.policies import FIELDS, digest_of_policy, values_of
from torhaus.licensing.policy_rules import NoPolicy, flaws
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.subscriptions.actions import lock_contract, mark_contract_changed
from torhaus.vendor.actions import mark_vendor_changed

Values = dict[str, Any]


class UnknownPlan(Exception):
    """No plan has this key."""


class PolicyChanged(Exception):
    """The policy is no longer the one that was looked at: somebody was faster."""


@deed("set_plan_policy")
def set_plan_policy(*, plan_key: str, values: Values, seen: str | None = None, by: Actor) -> PlanPolicy:
    """Write the policy of a plan: all its fields. It holds for all contracts with the plan that have none of their own.

    ``seen`` is the digest of the policy that was looked at (``policies.digest_of_policy``); None does not ask.

    Raises:
        UnknownPlan: no such plan.
        NoPolicy: a field cannot be so.
        PolicyChanged: another policy stands than the one seen.
    """
    _check(values)
    mark_vendor_changed()
    plan = _plan(plan_key)
    policy = PlanPolicy.objects.select_for_update().filter(plan=plan).first()
    before = values_of(policy) if policy else {}
    if before == values:
        nothing_done()
    else:
        _as_seen(seen, before)
        policy, _ = PlanPolicy.objects.update_or_create(plan=plan, defaults=values)
        old, new = _difference(before, values)
        write_record(by=by, subject=("plan", plan_key), before=old, after=new)
    return policy or PlanPolicy(plan=plan, **values)


@deed("clear_plan_policy")
def clear_plan_policy(*, plan_key: str, by: Actor) -> None:
    """Take back the policy of a plan: the usual one holds again.

    Raises:
        UnknownPlan: no such plan.
    """
    mark_vendor_changed()
    policy = PlanPolicy.objects.select_for_update().filter(plan=_plan(plan_key)).first()
    if policy is None:
        nothing_done()
        return
    policy.delete()
    write_record(by=by, subject=("plan", plan_key), before=values_of(policy))


@deed("set_contract_policy")
def set_contract_policy(*, contract_ref: str, values: Values, seen: str | None = None, by: Actor) -> ContractPolicy:
    """Write a contract's own policy: all its fields. It stands before that of the plan.

    Raises:
        UnknownContract: no such contract.
        NoPolicy: a field cannot be so.
        PolicyChanged: another policy stands than the one seen.
    """
    _check(values)
    contract = lock_contract(ref=contract_ref)
    with scopes_disabled():
        policy = ContractPolicy.objects.filter(contract=contract).first()
        before = values_of(policy) if policy else {}
        if policy is not None and before == values:
            nothing_done()
            return policy
        _as_seen(seen, before)
        policy, _ = ContractPolicy.objects.update_or_create(contract=contract, defaults=values)
    mark_contract_changed(contract)
    old, new = _difference(before, values)
    subject = ("contract", contract.ref)
    write_record(by=by, customer_ref=contract.customer.ref, subject=subject, before=old, after=new)
    return policy


@deed("clear_contract_policy")
def clear_contract_policy(*, contract_ref: str, by: Actor) -> None:
    """Take back a contract's own policy: that of its plan holds again.

    Raises:
        UnknownContract: no such contract.
    """
    contract = lock_contract(ref=contract_ref)
    with scopes_disabled():
        policy = ContractPolicy.objects.filter(contract=contract).first()
        if policy is None:
            nothing_done()
            return
        policy.delete()
    mark_contract_changed(contract)
    write_record(
        by=by, customer_ref=contract.customer.ref, subject=("contract", contract.ref), before=values_of(policy)
    )


def _plan(key: str) -> Item:
    plan = Item.objects.filter(key=key, kind=ItemKind.PLAN).first()
    if plan is None:
        raise UnknownPlan(key)
    return plan


def _check(values: Values) -> None:
    if set(values) != set(FIELDS):
        raise ValueError(f"a policy has the fields {', '.join(FIELDS)}")
    for field, flaw in flaws(values):
        raise NoPolicy(field, flaw)


def _as_seen(seen: str | None, before: Values) -> None:
    if seen is not None and seen != digest_of_policy(before or None):
        raise PolicyChanged


def _difference(before: Values, after: Values) -> tuple[Values, Values]:
    """Give what of a policy changed, before and after; of a new one all."""
    names = [name for name in FIELDS if before.get(name) != after[name] or not before]
    return {name: before[name] for name in names if name in before}, {name: after[name] for name in names}
