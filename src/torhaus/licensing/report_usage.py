"""The deed ``report_usage``: a product says how much it uses.

Readings are measurements and keep themselves: each stands as it came in ``usage.Report`` for two months, and in the
day it made for good. A record of each call would flood the chain that is there for what people do, so the deed
leaves one only where it changes something for the customer: when usage passes a threshold of an allowance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django_scopes import scope

from torhaus.catalogue.models import Meter
from torhaus.licensing.derivation import Said, allowances_in, changes_at, said_by, usage_of
from torhaus.licensing.installations import installation_of_contract
from torhaus.licensing.kept import usage_text
from torhaus.licensing.models import Licence
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record
from torhaus.subscriptions.actions import UnknownContract, lock_contract
from torhaus.subscriptions.models import Contract
from torhaus.usage.models import AllowanceWarning
from torhaus.usage.report import (
    KindMismatch,
    ReadingConflict,
    ReadingInFuture,
    ReadingRefused,
    ReadingSaid,
    ReadingTooLarge,
    ReadingTooOld,
    UnknownMeter,
    take_readings,
)
from torhaus.usage.rules import Tone, tone
from torhaus.usage.warnings import note_thresholds
from torhaus.vendor.queries import the_vendor

__all__ = [
    "KindMismatch",
    "MeterState",
    "ReadingConflict",
    "ReadingInFuture",
    "ReadingRefused",
    "ReadingSaid",
    "ReadingTooLarge",
    "ReadingTooOld",
    "SourceRemoved",
    "UnknownContract",
    "UnknownMeter",
    "UnknownSource",
    "UsageReply",
    "report_usage",
]

STATES = {Tone.FINE: "fine", Tone.NEAR: "near", Tone.WARN: "warn", Tone.OVER: "over"}


class UnknownSource(Exception):
    """The contract has no such installation."""


class SourceRemoved(Exception):
    """The installation was removed: what it says counts no more."""


@dataclass(frozen=True)
class MeterState:
    """How a meter stands after a report: ``max`` and ``free`` None without an allowance; fine, near, warn or over."""

    used: int
    max: int | None
    free: int | None
    state: str


@dataclass(frozen=True)
class UsageReply:
    """What became of the readings, and how the meters they were of stand now, by key."""

    accepted: int
    repeated: int
    meters: Mapping[str, MeterState]


@deed("report_usage")
def report_usage(*, contract_ref: str, source: str, readings: Sequence[ReadingSaid], by: Actor) -> UsageReply:
    """Take the readings that an installation (``source`` its reference, or empty) reports: all of them or none.

    Raises:
        UnknownContract: no such contract.
        UnknownSource, SourceRemoved: the contract has no such installation, or no more.
        ReadingRefused: one reading cannot be taken: UnknownMeter, KindMismatch, ReadingConflict (its id stood at
            another one), ReadingTooOld, ReadingInFuture, ReadingTooLarge.
    """
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        _check_source(contract, source)
        before = contract.revision
        taken = take_readings(contract=contract, source=source, readings=readings)
        said = said_by(contract, the_vendor())
        used, changes_on = usage_of(said)
        allowed = allowances_in(said.rows)
        passed: list[AllowanceWarning] = []
        if taken.accepted:
            _keep_used(said, used, changes_at(said, changes_on), before)
            passed = note_thresholds(
                contract=contract, meters=taken.meters, used=used, allowed=allowed, today=said.today
            )
    if passed:
        _record(contract, source, passed, by)
    else:
        nothing_done()
    return UsageReply(taken.accepted, taken.repeated, _states(taken.meters, used, allowed))


def _check_source(contract: Contract, source: str) -> None:
    if not source:
        return
    installation = installation_of_contract(contract.pk, source)
    if installation is None:
        raise UnknownSource(source)
    if installation.removed_at is not None:
        raise SourceRemoved(source)


@part
def _keep_used(said: Said, used: dict[str, int], stale_at: datetime | None, before: int) -> None:
    """Write what is used into the contract's kept licences, so that none has to be derived anew for it.

    Only those that were fresh before get the new revision; the others are derived at their next use anyway. They count
    as derived now, since their answers tell something new.
    """
    licences = Licence.objects.filter(contract=said.contract, contract_revision=before)
    licences.update(used=usage_text(used), contract_revision=said.contract.revision, derived_at=said.now)
    if stale_at is not None:
        later = Q(stale_at__isnull=True) | Q(stale_at__gt=stale_at)
        Licence.objects.filter(later, contract=said.contract).update(stale_at=stale_at)


@part
def _record(contract: Contract, source: str, passed: Sequence[AllowanceWarning], by: Actor) -> None:
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "contract": contract.number,
            "installation": source,
            "passed": {
                one.meter.key: {"percent": int(one.reached), "used": one.used, "of": one.total}
                for one in passed
                if one.meter is not None
            },
        },
    )


def _states(
    meters: Sequence[Meter], used: Mapping[str, int], allowed: Mapping[str, int | None]
) -> dict[str, MeterState]:
    return {
        meter.key: _state(used.get(meter.key, 0), allowed.get(meter.key))
        for meter in sorted(meters, key=lambda one: one.key)
    }


def _state(used: int, total: int | None) -> MeterState:
    if total is None:
        return MeterState(used, None, None, STATES[Tone.FINE])
    return MeterState(used, total, max(0, total - used), STATES[tone(used, total)])
