"""The demo's installations: activated, seen and reporting like anybody's, by the same deeds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django_scopes import scope

from torhaus.console.words import CONSOLE
from torhaus.core import clock
from torhaus.licensing.activate_installation import activate_installation
from torhaus.licensing.adapters.seen_rows import SLOT, write_seen
from torhaus.licensing.fingerprints import hashed_parts
from torhaus.licensing.grants import read_grants
from torhaus.licensing.installation_list import places_of
from torhaus.licensing.leases import holder_of, take_lease
from torhaus.licensing.models import Installation, LicenceModel, RemovedBy
from torhaus.licensing.policies import usual_values
from torhaus.licensing.remove_installation import remove_installation
from torhaus.licensing.report_usage import ReadingSaid, report_usage
from torhaus.licensing.set_policy import set_contract_policy
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import contract_numbered_across_customers

CONTRACT, FLOATING = "V-10482-1", "V-10502-2"
POLICY = {
    "model": "node_locked",
    "max_installations": 3,
    "test_installations": 1,
    "overage": "percent",
    "overage_percent": 10,
}
DAYS = 30


@dataclass(frozen=True)
class DemoInstallation:
    """An installation: activated so many days ago, seen until ``quiet`` days ago, about so many calls a day, using so many objects."""

    name: str
    version: str
    since: int
    calls: int
    environment: str = "production"
    quiet: int = 0
    used: int = 0
    removed: bool = False
    contract: str = CONTRACT


# What they use together is what the vendor's files said last.
INSTALLATIONS = (
    DemoInstallation("cmdb-prod-01", "34.1", 340, 96, used=4100),
    DemoInstallation("cmdb-standort-sued", "34.0", 120, 48, used=540),
    DemoInstallation("cmdb-test", "34.1", 60, 12, environment="test"),
    DemoInstallation("cmdb-alt", "33", 400, 24, quiet=150, removed=True),
    DemoInstallation("cmdb-archiv", "33", 210, 4, quiet=12),
    DemoInstallation("rooms-nord", "4.2", 150, 60, contract=FLOATING),
    DemoInstallation("rooms-mitte", "4.2", 90, 40, contract=FLOATING),
    DemoInstallation("rooms-notebook", "4.1", 30, 8, quiet=6, contract=FLOATING),
)


def load_demo_installations() -> None:
    """Let the demo's customers run their products; where some run already, all stays as it is."""
    contracts = {one: contract_numbered_across_customers(one) for one in (CONTRACT, FLOATING)}
    there = {number: found for number, found in contracts.items() if found is not None and not _runs(found)}
    if CONTRACT not in there:
        return
    set_contract_policy(contract_ref=there[CONTRACT].ref, values=usual_values() | POLICY, by=CONSOLE)
    now = clock.now()
    refs: dict[str, str] = {}
    # In the order of days, as records stand in the chain; who is removed gives a place to a later one.
    known = [one for one in INSTALLATIONS if one.contract in there]
    days = [(one.since, one, False) for one in known] + [(one.quiet, one, True) for one in known if one.removed]
    for ago, one, ends in sorted(days, key=lambda day: -day[0]):
        contract = there[one.contract]
        with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
            if ends:
                _remove(contract, refs[one.name], ago)
            else:
                refs[one.name] = _activate(contract, one, now)
    for one in known:
        if one.used:
            reading = ReadingSaid("demo", "objects", one.used)
            report_usage(contract_ref=there[one.contract].ref, source=refs[one.name], readings=[reading], by=CONSOLE)


def _runs(contract: Contract) -> bool:
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        return bool(places_of(contract.pk))


def _activate(contract: Contract, one: DemoInstallation, now: datetime) -> str:
    machine = {"machine": one.name, "board": f"{one.name}-board"}
    with clock.shifted(-timedelta(days=one.since)):
        activated = activate_installation(
            contract_ref=contract.ref,
            parts=hashed_parts(machine),
            machine=machine,
            name=one.name,
            version=one.version,
            environment=one.environment,
            by=CONSOLE,
        )
    installation = activated.installation
    _see(installation, one, now)
    policy = read_grants(activated.licence.grants).policy
    if policy.model == LicenceModel.FLOATING and not one.quiet:
        take_lease(
            licence_id=installation.licence_id,
            installation_id=installation.pk,
            holder=holder_of(installation.ref),
            policy=policy,
            now=now,
        )
    return installation.ref


def _remove(contract: Contract, ref: str, ago: int) -> None:
    with clock.shifted(-timedelta(days=ago)):
        remove_installation(contract_ref=contract.ref, installation_ref=ref, removed_by=RemovedBy.CUSTOMER, by=CONSOLE)


def _see(installation: Installation, one: DemoInstallation, now: datetime) -> None:
    """Write the calls of the last days, more on some than on others, as they come every week."""
    last = int((now - timedelta(days=one.quiet, minutes=3)).timestamp())
    slots = {}
    for ago in range(one.quiet, DAYS):
        at = last - (ago - one.quiet) * 86400
        calls = max(1, one.calls * (5 if (at // 86400) % 7 < 2 else 10) // 10)
        slots[installation.pk, at // SLOT] = [calls, at - SLOT, at]
    write_seen(slots, {})
