"""From the one row to the signed answer: what the short path decides, without HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from pydantic_core import from_json, to_json

from torhaus.core import clock
from torhaus.licensing.adapters.hot_row import fetch
from torhaus.licensing.adapters.hot_statement import HotRow
from torhaus.licensing.answers import Case, answer_members, signing_input, steady, with_signature
from torhaus.licensing.grants import Grants, read_grants
from torhaus.licensing.heartbeats import needs_lease
from torhaus.licensing.leases import take_lease
from torhaus.licensing.ordinary_answer import renew_kept_row
from torhaus.licensing.remembered import GIVEN, GivenAnswer
from torhaus.licensing.signing import ISSUER, Issuer
from torhaus.licensing.validation import SHORTEST_SILENCE, Facts, Known, Question, crowded, verdict_on
from torhaus_sdk.answers import Code

# What an answer follows from begins here in the row; before it stands what lets its token pass.
_LICENCE = HotRow._fields.index("licence_id")
_SEEN = HotRow._fields.index("last_seen_at")


class Questions(Protocol):
    """Makes a question of what was sent."""

    def __call__(self, zone: str, *, with_parts: bool) -> Question:
        """Give it; ``with_parts`` says whether there is a fingerprint to compare with."""


@dataclass(slots=True)
class Asking:
    """A question as it came.

    ``question`` makes it the rule's; it is told the vendor's time zone, and whether the installation has a
    fingerprint to compare with. ``language`` is told the vendor's. ``said`` is the whole of it, as bytes.
    """

    source: str
    public_id: str
    product: str
    installation: str
    holder: str
    nonce: str
    heartbeat: bool
    said: bytes
    question: Questions
    language: Callable[[str], str]


@dataclass(slots=True)
class HotAnswer:
    """A signed answer with its code, and the installation (id) that asked, if it is one that runs."""

    body: bytes
    code: Code
    installation_id: int | None


def fetch_for(asking: Asking) -> HotRow | None:
    """Give the row for a question, None for a token that nobody has. Raises DatabaseGone."""
    return fetch(
        source=asking.source,
        product=asking.product,
        installation=asking.installation,
        holder=asking.holder,
        public_id=asking.public_id,
    )


def answer_by(row: HotRow, asking: Asking, now: int) -> HotAnswer | None:
    """Answer by the row of a token that works; None where the ordinary way has to.

    Raises:
        NoSigningKey, UnreadableKey: the answer cannot be signed.
        DatabaseGone: the database does not answer any more.
    """
    current = row if _is_fresh(row, now) else _renewed(asking, now)
    if current is None:
        return None
    issuer = ISSUER.at(current.vendor_revision)
    language, signer = asking.language(issuer.language), issuer.signer(now)
    runs = current.installation_id if current.removed_at is None else None
    key = None
    if not asking.nonce and not asking.heartbeat:
        said = sha256(asking.said).digest()  # not itself, which may be long
        key = (said, _follows_from(current, now), language, issuer.revision, signer.kid)
        if given := GIVEN.find(key, now):
            signed = signing_input(given.payload, signer)
            return HotAnswer(with_signature(given.payload, signed, given.signature), given.code, runs)
    case = _case(current, asking, issuer, now, language)
    if case is None:
        return None
    payload = to_json(answer_members(case))
    signed = signing_input(payload, signer)
    signature = signer.sign(signed)
    if key is not None:
        GIVEN.keep(key, GivenAnswer(*steady(case), case.verdict.code, payload, signature))
    return HotAnswer(with_signature(payload, signed, signature), case.verdict.code, runs)


def _follows_from(row: HotRow, now: int) -> tuple[object, ...]:
    """Give what an answer follows from. When an installation was last seen changes all the time, and mostly nothing."""
    if row.last_seen_at is None or now - row.last_seen_at > SHORTEST_SILENCE:
        return row[_LICENCE:]
    return row[_LICENCE:_SEEN] + row[_SEEN + 1 :]


def _case(current: HotRow, asking: Asking, issuer: Issuer, now: int, language: str) -> Case | None:
    """Give what the answer is made of; None where the row changed under a heartbeat, or does not say enough."""
    grants = read_grants(current.grants)
    question = asking.question(
        issuer.time_zone, with_parts=current.installation_id is not None and current.parts != "{}"
    )
    facts = _facts(current, now)
    if facts.installation and facts.installation.counts and crowded(grants.policy, facts.installations):
        return None  # who came first is not in the row
    verdict = verdict_on(grants, facts, question)
    if asking.heartbeat and needs_lease(grants.policy, facts, verdict):
        after = _beaten(current, asking, grants)
        if after is None:
            return None
        current, facts = after
        if crowded(grants.policy, facts.installations):
            return None
        verdict = verdict_on(grants, facts, question)
    return Case(
        vendor_key=issuer.key,
        offer_url=issuer.offer_url,
        licence_ref=current.licence_ref,
        grants=grants,
        facts=facts,
        question=question,
        verdict=verdict,
        since=_since(current),
        language=language,
        nonce=asking.nonce,
    )


def _is_fresh(row: HotRow, now: int) -> bool:
    return (
        row.licence_id is not None
        and row.kept_contract_revision == row.contract_revision
        and row.kept_vendor_revision == row.vendor_revision
        and (row.stale_at is None or now < row.stale_at)
    )


def _renewed(asking: Asking, now: int) -> HotRow | None:
    """Have the kept row derived anew, and ask again; None if it is not to be had (nothing licensed, or not written)."""
    renew_kept_row(asking.public_id, asking.product)
    row = fetch_for(asking)
    return row if row is not None and _is_fresh(row, now) else None


def _beaten(row: HotRow, asking: Asking, grants: Grants) -> tuple[HotRow, Facts] | None:
    """Take or extend the lease, and give what stands then."""
    assert row.licence_id is not None  # noqa: S101 - a lease needs an installation, and that a licence
    assert row.installation_id is not None  # noqa: S101 - for the type checker
    now = clock.now()
    until = take_lease(
        licence_id=row.licence_id,
        installation_id=row.installation_id,
        holder=asking.holder,
        policy=grants.policy,
        now=now,
    )
    after = fetch_for(asking)
    if after is None or after.grants != row.grants:
        return None
    return after, replace(_facts(after, int(now.timestamp())), lease_refused=until is None)


def _facts(row: HotRow, now: int) -> Facts:
    known = None
    if row.installation_id is not None:
        known = Known(
            ref=row.installation_ref,
            parts=from_json(row.parts),
            name=row.name,
            environment=row.environment,
            counts=row.counts,
            last_seen_at=row.last_seen_at,
            removed_by=row.removed_by if row.removed_at else "",
        )
    return Facts(
        now=now,
        installations=row.installations,
        leases=row.leases,
        used=from_json(row.used),
        installation=known,
        lease_until=row.lease_until,
    )


def _since(row: HotRow) -> int:
    since = row.derived_at
    if row.installation_id is not None:
        since = max(since, row.activated_at)
    return since if row.removed_at is None else max(since, row.removed_at)
