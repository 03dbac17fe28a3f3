"""How a licence stands, whoever asks: its answer without what only an installation could say."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from torhaus.licensing.answers import Case, answer_members
from torhaus.licensing.grants import Grants, read_grants
from torhaus.licensing.kept import facts_of
from torhaus.licensing.models import Licence
from torhaus.licensing.signing import Issuer
from torhaus.licensing.validation import Question, verdict_on


def standing_members(licence: Licence, issuer: Issuer, *, language: str, now: datetime) -> dict[str, Any]:
    """Give the members of the answer (``answers.answer_members``) about a kept licence that is fresh."""
    grants = read_grants(licence.grants)
    facts = facts_of(licence, None, None, now)
    case = Case(
        vendor_key=issuer.key,
        offer_url=issuer.offer_url,
        licence_ref=licence.ref,
        grants=grants,
        facts=facts,
        question=Question(),
        verdict=verdict_on(_of_anybody(grants), facts, Question()),
        since=int(licence.derived_at.timestamp()) if licence.derived_at else 0,
        language=language,
    )
    return answer_members(case)


def _of_anybody(grants: Grants) -> Grants:
    """Give the grants without the rules about machine and build, which nobody asks here."""
    policy = replace(
        grants.policy, model="unlimited", environments=(), minimum_version="", maximum_version="", checksums=()
    )
    return replace(grants, policy=policy)
