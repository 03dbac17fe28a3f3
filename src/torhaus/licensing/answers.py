"""The answer to "may I run, and with what?": its members, its bytes, and the signature over exactly those bytes.

Everything in an answer follows from the values given here; nothing is asked of database or clock. An answer
with a nonce is signed anew. One without says the time of its check only to five minutes, so that the same question
has the same bytes for a while, and they can be remembered (Ed25519 gives the same signature again anyway).
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from torhaus.licensing.answer_words import sentence
from torhaus.licensing.grants import Granted, Grants, Policy
from torhaus.licensing.signing import AnswerSigner
from torhaus.licensing.validation import DAY, HOUR, SOON_DAYS, Facts, Question, Verdict, features, longest_silence
from torhaus_sdk.answers import Code

STEP = 300


@dataclass(slots=True)
class Case:
    """What an answer is made of. ``since`` is when the licence's kept row or its installation last changed."""

    vendor_key: str
    offer_url: str
    licence_ref: str
    grants: Grants
    facts: Facts
    question: Question
    verdict: Verdict
    since: int
    language: str
    nonce: str = ""


def answer_members(case: Case) -> dict[str, Any]:
    """Give the answer as it is signed, without its signature. Equal cases have equal members in equal order."""
    grants, facts, verdict = case.grants, case.facts, case.verdict
    policy, language = grants.policy, case.language
    checked_at = _checked_at(case)
    next_check_at = _next_check_at(case, checked_at)
    members: dict[str, Any] = {
        "iss": case.vendor_key,
        "aud": grants.product,
        "sub": case.licence_ref,
        "iat": checked_at,
        "exp": _holds_until(case, checked_at, next_check_at),
        "valid": verdict.valid,
        "code": verdict.code.value,
        "access": verdict.access.value,
        "enforcement": policy.enforcement,
        "findings": [_finding(code, verdict.subjects.get(code, ()), language) for code in verdict.findings],
        "message": sentence(verdict.code, verdict.subjects.get(verdict.code, ()), language),
        "checked_at": instant(checked_at),
        "next_check_at": instant(next_check_at),
        "licence": _licence(case),
        "limits": _limits(grants, policy, facts),
        "features": features(grants, facts.now),
        "items": [_item(one) for one in grants.items if one.ends_at is None or facts.now < one.ends_at],
        "installation": _installation(facts),
        "trial": _trial(case) if grants.kind == "evaluation" else None,
    }
    if case.nonce:
        members["nonce"] = case.nonce
    return members


def signed_answer(case: Case, signer: AnswerSigner) -> bytes:
    """Give the answer as JSON, its last member ``signed`` the compact JWS over all the others."""
    payload: bytes = to_json(answer_members(case))
    signed = signing_input(payload, signer)
    return with_signature(payload, signed, signer.sign(signed))


def signing_input(payload: bytes, signer: AnswerSigner) -> bytes:
    """Give what is signed: header and payload as a JWS has them (RFC 7515 section 5.1)."""
    return signer.head + urlsafe_b64encode(payload).rstrip(b"=")


def with_signature(payload: bytes, signed: bytes, signature: bytes) -> bytes:
    """Give the answer of a payload, what was signed of it, and the signature (base64url)."""
    return b'%b,"signed":"%b.%b"}' % (payload[:-1], signed, signature)


def steady(case: Case) -> tuple[int, int]:
    """Give from when and until when (without it) the answer to a case without nonce stays as it is.

    Whatever an answer says of time changes where the clock passes one of these moments, and nowhere between.
    """
    grants, facts, now = case.grants, case.facts, case.facts.now
    policy, ends, lease, known = grants.policy, grants.ends_at, facts.lease_until, facts.installation
    step = now - now % STEP
    moments: list[int | None] = [step, step + STEP, case.since, grants.starts_at, ends, case.verdict.grace_until, lease]
    moments += [one.ends_at for one in grants.items]
    moments.append(_checked_at(case) + policy.offline_grace_days * DAY)
    if lease is not None:
        moments.append(lease - policy.lease_seconds)
    if known is not None:
        moments.append(known.last_seen_at + longest_silence(policy) + 1)
    if ends is not None:
        # "So many days are left" and "ends soon" begin one second after a whole number of days before the end.
        days = (ends - now) // DAY
        moments += [ends - days * DAY + 1, ends - (days + 1) * DAY + 1, ends - SOON_DAYS * DAY + 1]
    passed = [moment for moment in moments if moment is not None and moment <= now]
    coming = [moment for moment in moments if moment is not None and moment > now]
    return max(passed), min(coming)


@lru_cache(maxsize=4096)
def instant(seconds: int) -> str:
    """Give an instant as RFC 3339 writes it, in UTC and whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _or_null(seconds: int | None) -> str | None:
    return None if seconds is None else instant(seconds)


def _checked_at(case: Case) -> int:
    """Give when the answer says it was asked for: with a nonce now, else the last five minutes' beginning.

    It never lies before something that the answer tells came about: then it is the moment of that. Only how many places
    are taken by others is told as it is, whenever that came about.
    """
    now = case.facts.now
    if case.nonce:
        return now
    began = now - now % STEP
    grants, lease = case.grants, case.facts.lease_until
    changes = (
        case.since,
        grants.starts_at,
        grants.ends_at,
        case.verdict.grace_until,
        lease,
        None if lease is None else lease - grants.policy.lease_seconds,
    )
    return max((moment for moment in changes if moment is not None and began < moment <= now), default=began)


def _holds_until(case: Case, checked_at: int, next_check_at: int) -> int:
    """Give until when a product without contact may go by this answer: its days offline, not beyond the grace.

    A floating place is held at least as long as its lease, which is all where the policy gives no days. An answer
    that is held by neither is good to the next check, and never over before it was given.
    """
    policy, lease = case.grants.policy, case.facts.lease_until
    until = checked_at + policy.offline_grace_days * DAY
    if lease is not None and policy.model == "floating":
        until = max(until, lease)
    if until <= case.facts.now:
        until = max(next_check_at, checked_at + STEP)
    grace = case.verdict.grace_until
    if grace is None or grace <= case.facts.now or case.grants.policy.fallback:
        return until
    return min(until, grace)


def _next_check_at(case: Case, checked_at: int) -> int:
    """Give when the product should ask again: as the policy says, sooner where something ends or begins before."""
    grants, now, lease = case.grants, case.facts.now, case.facts.lease_until
    moments = [checked_at + grants.policy.check_hours * HOUR]
    moments += [at for at in (grants.starts_at, grants.ends_at, case.verdict.grace_until) if at and now < at]
    if lease is not None and grants.policy.model == "floating":
        moments.append(lease - grants.policy.lease_seconds // 2)
    elif Code.TOO_MANY_LEASES in case.verdict.findings:
        moments.append(checked_at + grants.policy.lease_seconds // 2)
    return max(min(moments), checked_at + 60)


def _finding(code: Code, subjects: tuple[str, ...], language: str) -> dict[str, Any]:
    said = sentence(code, subjects, language)
    if subjects:
        return {"code": code.value, "subjects": subjects, "message": said}
    return {"code": code.value, "message": said}


def _licence(case: Case) -> dict[str, Any]:
    grants = case.grants
    return {
        "ref": case.licence_ref,
        "contract": grants.contract,
        "customer": grants.customer,
        "product": grants.product,
        "kind": grants.kind,
        "edition": grants.edition,
        "environment": grants.environment,
        "starts_at": instant(grants.starts_at),
        "ends_at": _or_null(grants.ends_at),
        "maintained_until": _or_null(grants.maintained_until),
        "grace_until": _or_null(case.verdict.grace_until),
        "after_grace": grants.policy.after_grace,
        "fallback_until": _or_null(grants.ends_at) if grants.policy.fallback else None,
        "days_left": case.verdict.days_left,
    }


def _limits(grants: Grants, policy: Policy, facts: Facts) -> dict[str, Any]:
    installations = _limit(policy.max_installations, facts.installations)
    return {
        "installations": {"model": policy.model, **installations},
        "leases": _limit(policy.max_leases, facts.leases) if policy.model == "floating" else None,
        "meters": {key: _limit(most, facts.used.get(key)) for key, most in grants.allowances.items()},
        "seats": grants.seats,
    }


def _limit(most: int | None, used: int | None) -> Mapping[str, int | None]:
    free = None if most is None or used is None else max(0, most - used)
    return {"max": most, "used": used, "free": free}


def _item(one: Granted) -> dict[str, Any]:
    return {"key": one.key, "kind": one.kind, "quantity": one.quantity, "ends_at": _or_null(one.ends_at)}


def _installation(facts: Facts) -> dict[str, Any] | None:
    known = facts.installation
    if known is None:
        return None
    return {
        "ref": known.ref,
        "name": known.name,
        "environment": known.environment,
        "lease_until": _or_null(facts.lease_until),
    }


def _trial(case: Case) -> dict[str, Any]:
    return {
        "ends_at": _or_null(case.grants.ends_at),
        "days_left": case.verdict.days_left,
        "offer_url": case.offer_url,
    }
