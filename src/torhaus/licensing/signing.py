"""Who answers, and with which key: the vendor's facts that stand in answers, and the key that signs them now.

Both are read once for each revision of the vendor and kept by the process. Rotating and distrusting a key raise the
revision, which the hot path reads with every request, so they act on the next one in every process.
"""

import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import lru_cache

from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_seed_keypair

from torhaus.vendor.keys import NoSigningKey, UnreadableKey, active_keys, decrypted
from torhaus.vendor.models import SigningKey, Vendor
from torhaus.vendor.queries import the_vendor
from torhaus_sdk.answers import ANSWER_TYPE
from torhaus_sdk.jws import b64

# Revisions say when to read anew. This is for what was changed past all deeds, by hand in the database.
_KEPT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class AnswerSigner:
    """A key ready to sign answers: ``head`` is the encoded JWS header with its full stop."""

    kid: str
    head: bytes
    key: bytes = field(repr=False)

    def sign(self, signing_input: bytes) -> bytes:
        """Give the signature (RFC 8032), as base64url without padding.

        libsodium takes two thirds of the time that OpenSSL does, and an answer with a nonce is signed each time.
        """
        return urlsafe_b64encode(crypto_sign(signing_input, self.key)[:crypto_sign_BYTES]).rstrip(b"=")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The vendor as answers name it, with its signing keys, the newest first, each with when it begins."""

    revision: int
    key: str
    language: str
    time_zone: str
    offer_url: str
    keys: tuple[tuple[int, SigningKey], ...]

    def signer(self, now: int) -> AnswerSigner:
        """Give the key that signs at ``now`` (seconds since 1970).

        Raises:
            NoSigningKey: none is active.
            UnreadableKey: it was encrypted under another secret.
        """
        for begins_at, row in self.keys:
            if begins_at <= now:
                return _signer(row.kid, row.private_key_encrypted)
        raise NoSigningKey("there is no signing key; `torhaus init` makes one")


def read_issuer() -> Issuer:
    """Read the vendor and its keys.

    Raises:
        NoVendor: none is loaded.
    """
    # The revision first: what changes while the keys are read leaves one that is too old, and is read again.
    vendor = the_vendor()
    keys = tuple((int(row.signs_from.timestamp()) if row.signs_from else 0, row) for row in active_keys())
    return Issuer(vendor.revision, vendor.key, vendor.language, vendor.time_zone, _offer_url(vendor), keys)


class KeptIssuer:
    """The issuer as this process last read it."""

    def __init__(self) -> None:
        self._kept: Issuer | None = None
        self._read_at = 0.0

    def at(self, revision: int) -> Issuer:
        """Give the issuer at a revision of the vendor."""
        kept = self._kept
        if kept is None or kept.revision != revision or time.monotonic() - self._read_at > _KEPT_SECONDS:
            self._read_at = time.monotonic()
            kept = self._kept = read_issuer()
        return kept

    def forget(self) -> None:
        """Read anew at the next use."""
        self._kept = None


ISSUER = KeptIssuer()


def _offer_url(vendor: Vendor) -> str:
    link = vendor.links.get("offer", "") if isinstance(vendor.links, dict) else ""
    return link if isinstance(link, str) and link else f"mailto:{vendor.sales_mail or vendor.mail}"


@lru_cache(maxsize=4)
def _signer(kid: str, private: str) -> AnswerSigner:
    if not private:
        raise UnreadableKey(f"the private half of the signing key {kid} is gone")
    head = f'{{"alg":"EdDSA","kid":"{kid}","typ":"{ANSWER_TYPE}"}}'
    _public, key = crypto_sign_seed_keypair(decrypted(private, kid=kid))
    return AnswerSigner(kid, f"{b64(head.encode('ascii'))}.".encode("ascii"), key)
