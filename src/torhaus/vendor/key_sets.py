"""Signed sets of the keys to trust: how a product that knows an older key learns the newer ones.

A product relies on a set only if a key it trusts signed it, and only if it is newer than the last one (``iat``). Each
new key is introduced by those active before it; that is kept, because their private halves go. What a key that
leaked has signed, and what introduces it, is not offered, nor what the same key has signed anew since: of each key the
last introduction is enough, because later sets hold all keys of earlier ones that are still trusted. At most
``LONGEST_CHAIN`` sets are offered. Sets are dated by the change that made them, at least a second after the change
before, and not by the day on which they are asked for: so none is passed over, even if the clock was ahead once.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from torhaus.vendor.keys import Signer, UnreadableKey, active_keys, signer_of, trusted_keys
from torhaus.vendor.models import KeyPurpose, KeyState, SigningKey
from torhaus_sdk.jwks import jwks
from torhaus_sdk.jws import claimed_kid
from torhaus_sdk.trust import KEY_SET_TYPE, LONGEST_CHAIN


def offered_sets(*, purpose: KeyPurpose = KeyPurpose.LICENCE) -> list[str]:
    """Give the last introduction that each key to trust has signed, oldest first; of active keys the set of now."""
    rows = SigningKey.objects.filter(purpose=purpose).exclude(state=KeyState.DISTRUSTED).order_by("pk")
    found = list(rows.values_list("kid", "introductions"))
    trusted = {kid for kid, _ in found}
    kept = [text for _, lines in found for text in lines.splitlines()]
    kept += signed_sets(signers(purpose=purpose), purpose=purpose)
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


def next_date(purpose: KeyPurpose, now: datetime) -> int:
    """Give how the set is to be dated that a change makes now: by the clock, but later than every set before."""
    return max(int(now.timestamp()), last_date(purpose) + 1)


def signed_sets(by: Sequence[Signer], *, purpose: KeyPurpose) -> list[str]:
    """Give the keys to trust now as a compact JWS of each of ``by``, dated as the last change of them was."""
    claims = {"iat": last_date(purpose), "keys": json.loads(jwks(trusted_keys(purpose)))["keys"]}
    return [signer.sign(claims, typ=KEY_SET_TYPE) for signer in by]


def last_date(purpose: KeyPurpose) -> int:
    """Give how the last set was dated, by distrusted keys too: a product may have read it."""
    return SigningKey.objects.filter(purpose=purpose).aggregate(last=Max("set_dated"))["last"] or 0
