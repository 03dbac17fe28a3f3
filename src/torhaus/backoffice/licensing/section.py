"""A contract's licences as its staff page shows them: state, policy in words, places and allowances, installations."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from torhaus.backoffice.licensing.words import CODES, SOURCES, policy_words
from torhaus.catalogue.queries import meter_names
from torhaus.core import clock
from torhaus.core.texts import Texts
from torhaus.frame.words import Look
from torhaus.licensing.derivation import Said, deciding_plan, said_by
from torhaus.licensing.grants import Grants, Policy, read_grants
from torhaus.licensing.installation_list import leases_running
from torhaus.licensing.installations import installations_of_contract
from torhaus.licensing.kept import facts_of, licences_of
from torhaus.licensing.models import Installation, Licence, LicenceModel
from torhaus.licensing.policies import stated_policy
from torhaus.licensing.validation import Question, verdict_on
from torhaus.subscriptions.models import Booking, Contract
from torhaus.vendor.models import Vendor
from torhaus_sdk.answers import Code

ROWS = 50


@dataclass(frozen=True)
class Limit:
    """Something that is counted: how much is used, of how much (None: any), and what is free."""

    name: Texts | None
    kind: str
    used: int
    most: int | None

    @property
    def free(self) -> int | None:
        """What is left, never below 0."""
        return None if self.most is None else max(0, self.most - self.used)


@dataclass(frozen=True)
class LicenceShown:
    """A licence with how it stands."""

    product: Texts
    state: Look
    last_day: date | None
    kept_at: datetime | None
    source: str
    own: bool
    policy: list[str]
    limits: list[Limit]


@dataclass(frozen=True)
class Section:
    """All of a contract's licences, and where its products run."""

    licences: list[LicenceShown]
    installations: Sequence[Installation]
    more: int


def licence_section(contract: Contract, vendor: Vendor, bookings: Sequence[Booking]) -> Section:
    """Gather what the page shows, inside the scope of the contract's customer; ``bookings`` are all of the contract."""
    now = clock.now()
    said = said_by(contract, vendor, now=now, bookings=bookings)
    licences = licences_of(contract, said)
    floating = [one.pk for one in licences if one.ref and read_grants(one.grants).policy.model == LicenceModel.FLOATING]
    running = leases_running(floating, now) if floating else {}
    rows = installations_of_contract(contract.pk)
    shown = list(rows[: ROWS + 1])
    more = rows.count() - ROWS if len(shown) > ROWS else 0
    return Section([_shown(one, said, running.get(one.pk, 0)) for one in licences], shown[:ROWS], more)


def _shown(licence: Licence, said: Said, leases: int) -> LicenceShown:
    grants = read_grants(licence.grants)
    stated = stated_policy(said.contract.pk, deciding_plan(said, licence.product))
    return LicenceShown(
        product=licence.product.name,
        state=_state(grants, licence, said.now),
        last_day=_last_day(grants, said.vendor.time_zone),
        kept_at=licence.derived_at,
        source=str(SOURCES[stated.source]),
        own=stated.source == "contract",
        policy=policy_words(stated.values),
        limits=_limits(grants, licence, leases),
    )


def _last_day(grants: Grants, zone: str) -> date | None:
    """Give the vendor's last day on which the licence still holds; None is without end (B53, B54)."""
    if grants.ends_at is None:
        return None
    return datetime.fromtimestamp(grants.ends_at - 1, ZoneInfo(zone)).date()


def _state(grants: Grants, licence: Licence, now: datetime) -> Look:
    """Give how the licence stands, whoever asks: without what only an installation could answer."""
    policy = Policy(overage=grants.policy.overage, overage_percent=grants.policy.overage_percent)
    verdict = verdict_on(replace(grants, policy=policy), facts_of(licence, None, None, now), Question())
    return CODES.get(verdict.code, CODES[Code.VALID])


def _limits(grants: Grants, licence: Licence, leases: int) -> list[Limit]:
    found = []
    if grants.policy.model != LicenceModel.UNLIMITED or licence.installations:
        found.append(Limit(None, "installations", licence.installations, grants.policy.max_installations))
    if grants.policy.model == LicenceModel.FLOATING:
        found.append(Limit(None, "leases", leases, grants.policy.max_leases))
    used = json.loads(licence.used)
    names = meter_names(list(grants.allowances)) if grants.allowances else {}
    found += [Limit(names.get(key), "meter", used.get(key, 0), most) for key, most in grants.allowances.items()]
    return found
