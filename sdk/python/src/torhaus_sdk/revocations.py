"""The vendor's signed list of licence files that must not be relied on any more, although they have not ended.

A portal serves it at ``/.well-known/torhaus-revocations``. A product that can fetch it, or is brought it, refuses
the files it names; one that cannot relies on the end of its file.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from torhaus_sdk.claims import Claims
from torhaus_sdk.jws import verify
from torhaus_sdk.refusals import Expired, Malformed, NotYetValid, WrongAudience

__all__ = ["LASTS", "REVOCATIONS_TYPE", "revocation_claims", "revoked_ids"]

REVOCATIONS_TYPE = "revocations+jwt"
LASTS = timedelta(days=7)
LEEWAY = timedelta(seconds=60)
LONGEST = 16 * 2**20


def revocation_claims(issuer: str, ids: Iterable[str], *, at: datetime) -> dict[str, object]:
    """Give the claims of a list of licence files (their ``jti``), as they are signed; it lasts seven days."""
    issued = int(at.timestamp())
    return {
        "iss": issuer,
        "iat": issued,
        "exp": issued + int(LASTS.total_seconds()),
        "revoked": sorted(set(ids)),
    }


def revoked_ids(
    text: str, *, keys: Mapping[str, Ed25519PublicKey], now: datetime, issuer: str | None = None
) -> frozenset[str]:
    """Give the ids (``Licence.id``) of the files that are revoked, if one of ``keys`` signed the list and it is current.

    Args:
        text: the list, as it was served.
        keys: the vendor's public keys by kid, the same that verify licence files.
        now: the current time, aware.
        issuer: the vendor's key (``Licence.issuer``); None asks for none.

    Raises:
        Refused: InvalidStatement, WrongAudience (another vendor's), NotYetValid, or Expired: fetch it anew.
    """
    if len(text) > LONGEST:
        raise Malformed(f"It is longer than the {LONGEST} characters that are read.")
    its = Claims(verify(text.strip(), keys=keys, typ=REVOCATIONS_TYPE))
    said, issued, ends = its.text("iss"), its.moment("iat"), its.moment("exp")
    if issuer is not None and said != issuer:
        raise WrongAudience(f"It is the list of {said}, not of {issuer}.")
    if now + LEEWAY < issued:
        raise NotYetValid(f"The list is of {_shown(issued)}. Is the clock of this machine right?")
    if now - LEEWAY >= ends:
        raise Expired(f"The list was valid until {_shown(ends)}. Fetch it anew.")
    return frozenset(its.texts("revoked"))


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
