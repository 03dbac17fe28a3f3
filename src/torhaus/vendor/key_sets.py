"""Signed sets of the keys to trust: how a product that knows an older key learns the newer ones.

A product relies on a set only if a key it trusts signed it, and only if it is newer than the last one (``iat``). Each
new key is introduced by those active before it; that is kept, because their private halves go. What a key that
leaked has signed, and what introduces it, is not offered, nor what the same key has signed anew since: of each key the
last introduction is enough, because later sets hold all keys of earlier ones that are still trusted. At most
``LONGEST_CHAIN`` sets are offered, each dated at least a second after those before, so that none is passed over.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from torhaus.core import clock
from torhaus.vendor.keys import Signer, UnreadableKey, active_keys, signer_of, trusted_keys
from torhaus.vendor.models import KeyPurpose, KeyState, SigningKey
from torhaus_sdk.jwks import jwks
from torhaus_sdk.jws import claimed_kid, unb64
from torhaus_sdk.trust import KEY_SET_TYPE, LONGEST_CHAIN


def offered_sets(*, purpose: KeyPurpose = KeyPurpose.LICENCE) -> list[str]:
    """Give the last introduction that each key to trust has signed, oldest first; of active keys the set of now."""
    rows = SigningKey.objects.filter(purpose=purpose).exclude(state=KeyState.DISTRUSTED).order_by("pk")
    found = list(rows.values_list("kid", "introductions"))
    trusted = {kid for kid, _ in found}
    kept = [text for _, lines in found for text in lines.splitlines()]
    kept += signed_sets(signers(purpose=purpose), purpose=purpose, now=clock.now())
    last: dict[str, str] = {}
    for text in kept:
        if (by := claimed_kid(text)) in trusted:
            last.pop(by, None)  # to stand where the later one does
            last[by] = text
    return list(last.values())[-LONGEST_CHAIN:]


def signers(*, purpose: KeyPurpose) -> list[Signer]:
    """Give the active keys that can be read, ready to sign."""
    found = []
    for row in active_keys(purpose):
        try:
            found.append(signer_of(row))
        except UnreadableKey:
            continue  # it signs nothing else either; `torhaus check` says so
    return found


def signed_sets(by: Sequence[Signer], *, purpose: KeyPurpose, now: datetime) -> list[str]:
    """Give the keys to trust now as a compact JWS of each of ``by``."""
    issued_at = max(int(now.timestamp()), _last_issued_at(purpose) + 1)
    claims = {"iat": issued_at, "keys": json.loads(jwks(trusted_keys(purpose)))["keys"]}
    return [signer.sign(claims, typ=KEY_SET_TYPE) for signer in by]


def _last_issued_at(purpose: KeyPurpose) -> int:
    """Give when the latest introduction was signed, of distrusted keys too: a product may have read it."""
    kept = SigningKey.objects.filter(purpose=purpose).values_list("introductions", flat=True)
    times = [json.loads(unb64(text.split(".")[1]))["iat"] for lines in kept for text in lines.splitlines()]
    return max(times, default=-1)
