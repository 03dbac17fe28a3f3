"""The deed ``activate_installation``: a product says where it runs, and takes a place of its licence there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django_scopes import scope

from torhaus.catalogue.models import Product
from torhaus.core import clock
from torhaus.licensing.fingerprints import digest_of, hashed_parts
from torhaus.licensing.grants import Grants, Policy, read_grants
from torhaus.licensing.installation_names import LONGEST_NAME, plain_name
from torhaus.licensing.installations import installation_like
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.leases import drop_leases_of_installation, holder_of, take_lease
from torhaus.licensing.machines import sealed_machine
from torhaus.licensing.models import Installation, Licence, LicenceModel
from torhaus.licensing.places import (
    free_installation_place,
    lock_licence,
    places_left_for_tests,
    take_installation_place,
)
from torhaus.licensing.validation import Facts, Question, verdict_on
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract
from torhaus_sdk.answers import Code

_FOR_TESTS = frozenset({"test", "development"})
LONGEST_VERSION = 40


class ActivationRefused(Exception):
    """The product gets no place; the class says why, ``subjects`` what it is about."""

    code: ClassVar[str]

    def __init__(self, *subjects: str) -> None:
        super().__init__(*subjects)
        self.subjects = subjects


class FingerprintMissing(ActivationRefused):
    """The fingerprint has no parts."""

    code = "fingerprint_required"


class LicenceSuspended(ActivationRefused):
    """The vendor suspended the contract."""

    code = "licence_suspended"


class LicenceNotStarted(ActivationRefused):
    """The contract's term has not begun."""

    code = "licence_not_started"


class LicenceEnded(ActivationRefused):
    """Licence and grace are over, and the build is none that goes on for ever."""

    code = "licence_ended"


class NothingBooked(ActivationRefused):
    """Nothing of the product is booked now."""

    code = "nothing_booked"


class ProductNotLicensed(ActivationRefused):
    """The contract is about another product, or there is none with this key."""

    code = "product_not_licensed"


class EnvironmentNotAllowed(ActivationRefused):
    """The policy lets the product run in other environments only, or wants to know which it is."""

    code = "environment_not_allowed"


class VersionNotAllowed(ActivationRefused):
    """The policy allows other versions only, or wants to know which it is."""

    code = "version_not_allowed"


class VersionNotMaintained(ActivationRefused):
    """The build was published after maintenance ended."""

    code = "version_not_maintained"


class EditionMismatch(ActivationRefused):
    """The contract is for another edition of the product."""

    code = "edition_mismatch"


class ChecksumMismatch(ActivationRefused):
    """The policy knows the builds that may run, and this is none of them, or does not say which it is."""

    code = "checksum_mismatch"


class TooManyInstallations(ActivationRefused):
    """Every place is taken: ``used`` of ``limit``, where that is what was agreed."""

    code = "too_many_installations"

    def __init__(self, *, used: int, limit: int) -> None:
        super().__init__()
        self.used = used
        self.limit = limit


_REFUSALS: Mapping[Code, type[ActivationRefused]] = {
    Code.SUSPENDED: LicenceSuspended,
    Code.NOT_STARTED: LicenceNotStarted,
    Code.PRODUCT_NOT_LICENSED: ProductNotLicensed,
    Code.NOTHING_BOOKED: NothingBooked,
    Code.EXPIRED: LicenceEnded,
    Code.ENVIRONMENT_REQUIRED: EnvironmentNotAllowed,
    Code.ENVIRONMENT_NOT_ALLOWED: EnvironmentNotAllowed,
    Code.VERSION_REQUIRED: VersionNotAllowed,
    Code.VERSION_NOT_ALLOWED: VersionNotAllowed,
    Code.VERSION_NOT_MAINTAINED: VersionNotMaintained,
    Code.EDITION_MISMATCH: EditionMismatch,
    Code.CHECKSUM_REQUIRED: ChecksumMismatch,
    Code.CHECKSUM_MISMATCH: ChecksumMismatch,
}


@dataclass(frozen=True)
class Build:
    """The build that is to run: when it was published (seconds since 1970), its SHA-256 and its edition, as far as said."""

    released_at: int | None = None
    checksum: str = ""
    edition: str = ""


@dataclass(frozen=True)
class Activated:
    """What became of an activation; ``lease_until`` is None where no lease is needed, or none is free."""

    installation: Installation
    licence: Licence
    created: bool
    lease_until: datetime | None = None


@dataclass(frozen=True)
class _Said:
    """What the product says of the place it runs in, and of itself beside (``build``); empty is not said."""

    parts: Mapping[str, str]
    name: str
    version: str = ""
    environment: str = ""
    build: Build = Build()
    machine: str = ""


@deed("activate_installation")
def activate_installation(
    *,
    contract_ref: str,
    product_key: str = "",
    parts: Mapping[str, str],
    machine: Mapping[str, str] | None = None,
    name: str = "",
    version: str = "",
    environment: str = "",
    build: Build = Build(),
    by: Actor,
) -> Activated:
    """Give the installation with this fingerprint: the one that is active already, else a new one, if there is room.

    ``parts`` are keyed hashes (``fingerprints.hashed_parts``), ``machine`` the same parts as they were sent, so that
    an offline licence can be bound to it later. One that is active already has nothing recorded,
    unless its environment changed: then it is placed anew. ``product_key`` empty is the contract's product;
    ``build`` is held against what the licence covers, as ``validate`` does.

    Raises:
        UnknownContract: no such contract.
        ActivationRefused: see its subclasses.
    """
    if not parts:
        raise FingerprintMissing
    said = _Said(
        dict(parts), _short(name), version[:LONGEST_VERSION], environment, build, sealed_machine(machine or {})
    )
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        activated, before = _activated(contract, _product(contract, product_key), said)
    if not activated.created and before["environment"] == activated.installation.environment:
        nothing_done()
    else:
        _record(by, contract, activated, before)
    return activated


@part
def register_machine(*, contract: Contract, machine: Mapping[str, str], name: str) -> Installation:
    """Give the installation of a machine that cannot ask itself: the one it is already, else a new one, if there is room.

    The caller has locked the contract, is in its scope, and has found that it licenses something now.

    Raises:
        TooManyInstallations: every place is taken.
    """
    kept = kept_licence(contract, contract.product)
    policy = read_grants(kept.grants).policy
    licence = lock_licence(licence_id=kept.pk)
    said = _Said(hashed_parts(machine), _short(name), machine=sealed_machine(machine))
    found = installation_like(licence.pk, parts=said.parts, matching=policy.matching)
    return _new(licence, policy, said) if found is None else _known(found, licence, policy, said)


def _short(name: str) -> str:
    return plain_name(name)[:LONGEST_NAME].rstrip()


def _activated(contract: Contract, product: Product, said: _Said) -> tuple[Activated, dict[str, object]]:
    """Place the installation; give what became of it, and how it was placed before, if it was."""
    kept = kept_licence(contract, product)
    grants = read_grants(kept.grants)
    _refuse_unless_licensed(grants, said)
    licence = lock_licence(licence_id=kept.pk)
    found = installation_like(licence.pk, parts=said.parts, matching=grants.policy.matching)
    before: dict[str, object] = {}
    if found is None:
        installation = _new(licence, grants.policy, said)
    else:
        before = {"environment": found.environment, "counts": found.counts}
        installation = _known(found, licence, grants.policy, said)
    lease_until = _lease(installation, grants.policy)
    licence.product = product
    licence.refresh_from_db(fields=["installations", "leases"])
    return Activated(installation, licence, created=found is None, lease_until=lease_until), before


def _product(contract: Contract, key: str) -> Product:
    if key in ("", contract.product.key):
        return contract.product
    found = Product.objects.filter(key=key).first()
    if found is None:
        raise ProductNotLicensed(key)
    return found


def _refuse_unless_licensed(grants: Grants, said: _Said) -> None:
    """Ask the rule behind ``validate``, so that nothing is activated that it would call not licensed."""
    question = Question(
        version=said.version,
        environment=said.environment,
        released_at=said.build.released_at,
        checksum=said.build.checksum,
        edition=said.build.edition,
    )
    verdict = verdict_on(grants, Facts(now=int(clock.now().timestamp())), question)
    for code in verdict.findings:
        if refusal := _REFUSALS.get(code):
            raise refusal(*verdict.subjects.get(code, ()))


def _new(licence: Licence, policy: Policy, said: _Said) -> Installation:
    now = clock.now()
    return Installation.objects.create(
        licence=licence,
        parts=said.parts,
        digest=digest_of(said.parts),
        machine=said.machine,
        name=said.name,
        version=said.version,
        environment=said.environment,
        counts=_placed(licence, policy, said.environment),
        activated_at=now,
        last_seen_at=now,
    )


def _known(found: Installation, licence: Licence, policy: Policy, said: _Said) -> Installation:
    """Bring an active installation up to date. What was not said stays; the name a person gave is kept."""
    if said.environment and said.environment != found.environment:
        _place_anew(found, licence, policy, said.environment)
    found.parts, found.digest = dict(said.parts), digest_of(said.parts)
    found.machine = said.machine or found.machine
    found.name = found.name or said.name
    found.version = said.version or found.version
    found.last_seen_at = max(found.last_seen_at, clock.now())
    found.save(update_fields=["parts", "digest", "machine", "name", "version", "environment", "counts", "last_seen_at"])
    return found


def _place_anew(found: Installation, licence: Licence, policy: Policy, environment: str) -> None:
    """Move an installation to another environment. Productive use of a test place takes one that counts."""
    if found.counts and environment in _FOR_TESTS and places_left_for_tests(licence.pk, policy) > 0:
        free_installation_place(licence_id=licence.pk)
        drop_leases_of_installation(licence_id=licence.pk, installation_id=found.pk)
        found.counts = False
    elif not found.counts and environment not in _FOR_TESTS:
        _take_place(licence, policy)
        found.counts = True
    found.environment = environment


def _placed(licence: Licence, policy: Policy, environment: str) -> bool:
    """Give the installation a place; whether it is one that counts."""
    if environment in _FOR_TESTS and places_left_for_tests(licence.pk, policy) > 0:
        return False
    _take_place(licence, policy)
    return True


def _take_place(licence: Licence, policy: Policy) -> None:
    if not take_installation_place(licence_id=licence.pk, policy=policy):
        raise TooManyInstallations(used=licence.installations, limit=policy.max_installations or 0)


def _lease(installation: Installation, policy: Policy) -> datetime | None:
    if policy.model != LicenceModel.FLOATING or not installation.counts:
        return None
    return take_lease(
        licence_id=installation.licence_id,
        installation_id=installation.pk,
        holder=holder_of(installation.ref),
        policy=policy,
        now=clock.now(),
    )


def _record(by: Actor, contract: Contract, activated: Activated, before: Mapping[str, object]) -> None:
    installation = activated.installation
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        before=before,
        after={
            "contract": contract.number,
            "product": activated.licence.product.key,
            "installation": installation.ref,
            "version": installation.version,
            "environment": installation.environment,
            "counts": installation.counts,
        },
        personal={"installation_name": installation.name},
    )
