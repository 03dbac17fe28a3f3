"""The vendor's signing keys: who signs now, whom to trust, and how the private half is kept.

The private half stands encrypted in the database (``core/sealed.py``).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db.models import Q
from django.utils.translation import gettext as _

from torhaus.core import clock
from torhaus.core.sealed import Unreadable, seal, unseal
from torhaus.vendor.models import KeyPurpose, KeyState, SigningKey
from torhaus_sdk.jws import b64, sign, unb64

_PURPOSE = b"torhaus signing key v1"


class NoSigningKey(RuntimeError):
    """The vendor has no active signing key; ``torhaus init`` makes one."""


class UnreadableKey(RuntimeError):
    """The private key cannot be decrypted with the secret of this installation."""


@dataclass(frozen=True)
class Signer:
    """An active key, ready to sign. The private half stays out of ``repr``."""

    kid: str
    key: Ed25519PrivateKey = field(repr=False)

    def sign(self, claims: Mapping[str, Any], *, typ: str) -> str:
        """Give ``claims`` as a compact JWS of type ``typ``."""
        return sign(claims, key=self.key, kid=self.kid, typ=typ)


def active_signer(purpose: KeyPurpose = KeyPurpose.LICENCE) -> Signer:
    """Give the key that signs now for ``purpose``: the newest active one whose day has come.

    Raises:
        NoSigningKey: there is none.
        UnreadableKey: it was encrypted under another secret.
    """
    row = signing_now(purpose)
    if row is None:
        raise NoSigningKey(_("There is no signing key yet. Run `torhaus init`, which makes one."))
    return signer_of(row)


def signer_of(row: SigningKey) -> Signer:
    """Give a key ready to sign.

    Raises:
        UnreadableKey: it was encrypted under another secret, or its private half is gone.
    """
    return Signer(row.kid, Ed25519PrivateKey.from_private_bytes(decrypted(row.private_key_encrypted, kid=row.kid)))


def signing_now(purpose: KeyPurpose = KeyPurpose.LICENCE) -> SigningKey | None:
    """Give the row of the key that signs now for ``purpose``, readable or not; None if there is none."""
    begun = Q(signs_from__isnull=True) | Q(signs_from__lte=clock.now())
    active = SigningKey.objects.filter(begun, state=KeyState.ACTIVE, purpose=purpose)
    return active.order_by("-pk").first()


def active_keys(purpose: KeyPurpose = KeyPurpose.LICENCE) -> list[SigningKey]:
    """Give the keys that sign now or soon, the newest first."""
    return list(SigningKey.objects.filter(state=KeyState.ACTIVE, purpose=purpose).order_by("-pk"))


def trusted_keys(purpose: KeyPurpose = KeyPurpose.LICENCE) -> dict[str, Ed25519PublicKey]:
    """Give the public keys to trust by kid: active ones and retired ones, whose signatures still count."""
    trusted = SigningKey.objects.filter(purpose=purpose).exclude(state=KeyState.DISTRUSTED)
    rows = trusted.order_by("pk").values_list("kid", "public_key")
    return {kid: Ed25519PublicKey.from_public_bytes(unb64(public)) for kid, public in rows}


def distrusted_kids() -> list[str]:
    """Give the key ids whose signatures no longer count, of all purposes."""
    return list(SigningKey.objects.filter(state=KeyState.DISTRUSTED).values_list("kid", flat=True))


def thumbprint(public_key: str) -> str:
    """Give the key id of an Ed25519 public key (base64url): its thumbprint (RFC 7638, RFC 8037 section 2)."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{public_key}"}}'
    return b64(hashlib.sha256(members.encode("ascii")).digest())


def encrypted(private: bytes, *, kid: str) -> str:
    """Encrypt the 32 bytes of a private key for keeping; ``kid`` is bound to it."""
    return seal(private, purpose=_PURPOSE, owner=kid.encode("ascii"))


def decrypted(text: str, *, kid: str) -> bytes:
    """Decrypt what :func:`encrypted` gave for this ``kid``.

    Raises:
        UnreadableKey: another secret, another kid, or changed text.
    """
    try:
        return unseal(text, purpose=_PURPOSE, owner=kid.encode("ascii"))
    except Unreadable as error:
        raise UnreadableKey(
            _(
                "The signing key %(kid)s cannot be read with the secret key of this installation. "
                "Set TORHAUS_SECRET_KEY to the value it had when the key was made."
            )
            % {"kid": kid}
        ) from error
