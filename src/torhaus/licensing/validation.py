"""Whether a product may run now, and with what: the one rule behind every door. Pure.

``verdict_on`` takes what a licence grants, what is known of the caller, and the question; it asks nobody.
Codes and their order are those of ``torhaus_sdk.answers``. Instants are whole seconds since 1970 (UTC).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from torhaus.core.versions import version_key
from torhaus.licensing.grants import Grants, Policy
from torhaus_sdk.answers import BLOCKING, TOLERATED, Access, Code, Enforcement

DAY, HOUR = 86400, 3600
SOON_DAYS = 30
NEAR_PERCENT = 80


@dataclass(slots=True)
class Question:
    """What a product says of itself. ``parts`` are keyed hashes of its fingerprint's parts; None or "" is not said.

    ``released_at`` is when its build was published; ``require`` are the features (item keys) it wants to use.
    """

    installation: str = ""
    holder: str = ""
    parts: Mapping[str, str] | None = None
    version: str = ""
    released_at: int | None = None
    environment: str = ""
    checksum: str = ""
    edition: str = ""
    require: tuple[str, ...] = ()


@dataclass(slots=True)
class Known:
    """An installation as it is stored; ``removed_by`` is empty while it runs."""

    ref: str
    parts: Mapping[str, str]
    name: str = ""
    environment: str = ""
    counts: bool = True
    last_seen_at: int = 0
    removed_by: str = ""


@dataclass(slots=True)
class Facts:
    """What is known beside the grants: places taken, latest readings, the installation and its lease's end.

    ``placed_before`` is how many installations that count were there before this one; it is asked only where more are
    taken than are let in.
    ``lease_refused``: a place was asked for with this question, and none was free.
    """

    now: int
    installations: int = 0
    leases: int = 0
    used: Mapping[str, int] = field(default_factory=dict)
    installation: Known | None = None
    lease_until: int | None = None
    lease_refused: bool = False
    placed_before: int = 0


@dataclass(slots=True)
class Verdict:
    """The answer: ``code`` is the first of ``findings`` that decides. ``subjects`` names what a finding is about."""

    valid: bool
    code: Code
    access: Access
    findings: tuple[Code, ...]
    subjects: Mapping[Code, tuple[str, ...]]
    days_left: int | None
    grace_until: int | None


def verdict_on(grants: Grants, facts: Facts, question: Question) -> Verdict:
    """Give whether the product may run, with every finding in order of precedence."""
    found: dict[Code, tuple[str, ...]] = {}
    for code, subjects in _findings(grants, facts, question):
        found[code] = found.get(code, _NOTHING) + subjects
    codes = tuple(sorted(found, key=_RANK.__getitem__)) if len(found) > 1 else tuple(found)
    blocking = [code for code in codes if code in BLOCKING]
    tolerated = [code for code in codes if code in TOLERATED]
    return Verdict(
        valid=not blocking,
        code=blocking[0] if blocking else (tolerated[0] if tolerated else Code.VALID),
        access=_access(blocking, grants.policy),
        findings=codes,
        subjects={code: subjects for code, subjects in found.items() if subjects},
        days_left=days_left(grants, facts.now),
        grace_until=_grace_until(grants),
    )


_RANK = {code: rank for rank, code in enumerate(Code)}
Finding = tuple[Code, tuple[str, ...]]
_NOTHING: tuple[str, ...] = ()


def days_left(grants: Grants, now: int) -> int | None:
    """Give how many whole days are left of the licence, never below 0; None is without end (B53)."""
    return None if grants.ends_at is None else max(0, (grants.ends_at - now) // DAY)


def matches(stored: Mapping[str, str], said: Mapping[str, str], matching: str) -> bool:
    """Whether enough parts of a fingerprint fit: any, most (more than half of the stored ones), or all of them."""
    fitting = sum(1 for name, value in stored.items() if said.get(name) == value)
    if matching == "any":
        return fitting > 0
    if matching == "all":
        return fitting == len(stored) and len(said) == len(stored)
    return fitting * 2 > len(stored)


def _findings(grants: Grants, facts: Facts, question: Question) -> Iterator[Finding]:
    if grants.suspended:
        yield Code.SUSPENDED, _NOTHING
    if facts.now < grants.starts_at:
        yield Code.NOT_STARTED, _NOTHING
    if grants.lacks:
        yield Code(grants.lacks), _NOTHING
    yield from _of_time(grants, facts.now, question)
    if question.edition and question.edition != grants.edition:
        yield Code.EDITION_MISMATCH, (question.edition,)
    yield from _of_build(grants, question)
    yield from _of_place(grants.policy, facts, question)
    yield from _of_features(grants, facts, question)
    yield from _of_usage(grants, facts)


def _of_time(grants: Grants, now: int, question: Question) -> Iterator[Finding]:
    ends, released = grants.ends_at, question.released_at
    if ends is not None and now >= ends:
        grace = _grace_until(grants)
        if grace is not None and now < grace:
            yield Code.IN_GRACE, _NOTHING
        elif grants.policy.fallback and released is not None and released < ends:
            # What was published while it was paid for goes on running for ever.
            yield Code.FALLBACK, _NOTHING
        else:
            yield Code.EXPIRED, _NOTHING
    elif ends is not None and ends - now < SOON_DAYS * DAY:
        yield Code.ENDS_SOON, _NOTHING
    maintained = grants.maintained_until
    if maintained is not None and released is not None and released >= maintained:
        yield Code.VERSION_NOT_MAINTAINED, (question.version,) if question.version else _NOTHING


def _of_build(grants: Grants, question: Question) -> Iterator[Finding]:
    policy = grants.policy
    if policy.environments:
        if not question.environment:
            yield Code.ENVIRONMENT_REQUIRED, policy.environments
        elif question.environment not in policy.environments:
            yield Code.ENVIRONMENT_NOT_ALLOWED, (question.environment,)
    if policy.minimum_version or policy.maximum_version:
        if not question.version:
            yield Code.VERSION_REQUIRED, _NOTHING
        elif not _within(question.version, policy):
            yield Code.VERSION_NOT_ALLOWED, (question.version,)
    if policy.checksums:
        if not question.checksum:
            yield Code.CHECKSUM_REQUIRED, _NOTHING
        elif question.checksum.lower() not in policy.checksums:
            yield Code.CHECKSUM_MISMATCH, _NOTHING


def _within(version: str, policy: Policy) -> bool:
    key = version_key(version)
    if policy.minimum_version and key < version_key(policy.minimum_version):
        return False
    return not policy.maximum_version or key <= version_key(policy.maximum_version)


def _of_place(policy: Policy, facts: Facts, question: Question) -> Iterator[Finding]:
    known = facts.installation
    if not question.installation:
        if policy.model != "unlimited":
            yield Code.INSTALLATION_REQUIRED, _NOTHING
    elif known is None:
        yield Code.INSTALLATION_UNKNOWN, _NOTHING
    elif known.removed_by:
        yield Code.INSTALLATION_REMOVED, (known.removed_by,)
    else:
        yield from _of_installation(policy, facts, question, known)


def _of_installation(policy: Policy, facts: Facts, question: Question, known: Known) -> Iterator[Finding]:
    if known.parts:
        if not question.parts:
            yield Code.FINGERPRINT_REQUIRED, _NOTHING
        elif not matches(known.parts, question.parts, policy.matching):
            yield Code.FINGERPRINT_MISMATCH, _NOTHING
    if question.environment and known.environment and question.environment != known.environment:
        yield Code.ENVIRONMENT_NOT_ALLOWED, (question.environment,)
    if facts.now - known.last_seen_at > longest_silence(policy):
        yield Code.CHECK_OVERDUE, _NOTHING
    if known.counts:
        yield from _of_places(policy, facts)
    if policy.model == "floating" and known.counts:
        yield from _of_lease(policy, facts)


def _of_places(policy: Policy, facts: Facts) -> Iterator[Finding]:
    """Of more installations than are let in, because fewer were agreed meanwhile, those that came first keep theirs."""
    limit = policy.max_installations
    if limit is None or facts.installations <= limit:
        return
    late = crowded(policy, facts.installations) and facts.placed_before >= (policy.ceiling(limit) or 0)
    yield (Code.TOO_MANY_INSTALLATIONS if late else Code.OVERAGE), _NOTHING


def crowded(policy: Policy, installations: int) -> bool:
    """Whether more installations are taken than are let in, so that it matters who came first."""
    ceiling = policy.ceiling(policy.max_installations)
    return ceiling is not None and installations > ceiling


def _of_lease(policy: Policy, facts: Facts) -> Iterator[Finding]:
    if facts.lease_refused:
        yield Code.TOO_MANY_LEASES, _NOTHING
    elif facts.lease_until is None:
        yield Code.LEASE_REQUIRED, _NOTHING
    elif facts.lease_until <= facts.now:
        yield Code.LEASE_EXPIRED, _NOTHING
    elif policy.max_leases is not None and facts.leases > policy.max_leases:
        # It holds a place until its lease is over, even if fewer were agreed meanwhile.
        yield Code.OVERAGE, _NOTHING
        return
    yield from _over(policy, facts.leases, policy.max_leases, Code.TOO_MANY_LEASES)


# In seconds: under any policy, which asks for a check an hour or less often, nobody was silent for too long before.
SHORTEST_SILENCE = 2 * HOUR


def longest_silence(policy: Policy) -> int:
    """Give for how many seconds an installation may not ask before that is a finding."""
    # Where no day without contact is given, one check may be missed before it is said.
    return policy.offline_grace_days * DAY or 2 * policy.check_hours * HOUR


def _over(policy: Policy, used: int, limit: int | None, code: Code) -> Iterator[Finding]:
    if limit is None or used <= limit:
        return
    ceiling = policy.ceiling(limit)
    yield (code if ceiling is not None and used > ceiling else Code.OVERAGE), _NOTHING


def _of_features(grants: Grants, facts: Facts, question: Question) -> Iterator[Finding]:
    if question.require:
        have = features(grants, facts.now)
        if missing := tuple(sorted(set(question.require).difference(have))):
            yield Code.FEATURE_MISSING, missing


def features(grants: Grants, now: int) -> tuple[str, ...]:
    """Give the keys of what may be used now: every item but seats whose own end has not come."""
    return tuple(
        dict.fromkeys(
            one.key for one in grants.items if one.kind != "seat" and (one.ends_at is None or now < one.ends_at)
        )
    )


def _of_usage(grants: Grants, facts: Facts) -> Iterator[Finding]:
    policy = grants.policy
    exceeded: list[str] = []
    tolerated: list[str] = []
    near: list[str] = []
    for meter, limit in grants.allowances.items():
        used = facts.used.get(meter)
        if used is None or limit is None:
            continue
        if used > limit:
            ceiling = policy.ceiling(limit)
            (exceeded if ceiling is not None and used > ceiling else tolerated).append(meter)
        elif used * 100 >= limit * NEAR_PERCENT and limit:
            near.append(meter)
    if exceeded:
        yield Code.ALLOWANCE_EXCEEDED, tuple(exceeded)
    if tolerated:
        yield Code.OVERAGE, tuple(tolerated)
    if near:
        yield Code.ALLOWANCE_NEAR, tuple(near)


def _grace_until(grants: Grants) -> int | None:
    return None if grants.ends_at is None else grants.ends_at + grants.grace_days * DAY


def _access(blocking: list[Code], policy: Policy) -> Access:
    """Give what remains: with ``advise`` all of it, with ``degrade`` reading, with ``block`` nothing.

    After the grace the policy's own word stands (read-only or stop), unless it only advises. Using more than was
    booked never locks anybody out of what is there (domain.md 6, 11): it degrades at most.
    """
    if not blocking or policy.enforcement == Enforcement.ADVISE:
        return Access.FULL
    if blocking[0] is Code.EXPIRED:
        return Access.READ_ONLY if policy.after_grace == "read_only" else Access.NONE
    if policy.enforcement == Enforcement.DEGRADE or set(blocking) == {Code.ALLOWANCE_EXCEEDED}:
        return Access.READ_ONLY
    return Access.NONE
