"""The deed ``distrust_signing_key``: whatever a leaked key signed counts no more, and another key signs."""

from dataclasses import dataclass

from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.vendor.actions import add_signing_key, lock_signing_keys, mark_vendor_changed
from torhaus.vendor.key_sets import next_date
from torhaus.vendor.keys import active_keys, signing_now
from torhaus.vendor.models import KeyPurpose, KeyState, SigningKey


class NoSuchKey(LookupError):
    """No signing key has this key id."""


class DistrustedAlready(Exception):
    """The key is distrusted since before."""


@dataclass(frozen=True)
class Distrust:
    """The key that is over, and the one that signs for its purpose now; ``made`` if it was made for that."""

    key: SigningKey
    signs_now: str
    made: bool


@deed("distrust_signing_key")
def distrust_signing_key(*, kid: str, by: Actor) -> Distrust:
    """Take a key out of what is published and trusted; if it was the one that signs, another does from now on.

    Raises:
        NoSuchKey, DistrustedAlready: there is nothing to distrust.
    """
    key = SigningKey.objects.filter(kid=kid).first()
    if key is None:
        raise NoSuchKey(kid)
    purpose = KeyPurpose(key.purpose)
    lock_signing_keys(purpose=purpose)
    key.refresh_from_db()
    state = key.state
    if state == KeyState.DISTRUSTED:
        raise DistrustedAlready(kid)
    active = [row for row in active_keys(purpose) if row.pk != key.pk]
    key.state, key.private_key_encrypted = KeyState.DISTRUSTED, ""
    key.set_dated = next_date(purpose, clock.now())
    key.save(update_fields=["state", "private_key_encrypted", "set_dated"])
    mark_vendor_changed()
    made = False
    if signing_now(purpose) is None:
        made = not active
        if made:
            add_signing_key(purpose=purpose)
        # A key that was only waiting for its day begins now.
        SigningKey.objects.filter(pk__in=[row.pk for row in active]).update(signs_from=None)
    signer = signing_now(purpose)
    signs_now = signer.kid if signer else ""
    write_record(
        by=by,
        subject=("signing_key", kid),
        before={"state": state},
        after={"state": KeyState.DISTRUSTED.value, "purpose": purpose.value, "signs_now": signs_now},
    )
    return Distrust(key, signs_now, made)
