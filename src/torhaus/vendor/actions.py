"""Writes of the vendor's signing keys, and of the revision that grows with all that is the vendor's."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db.models import F

from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, part, write_record
from torhaus.vendor import key_sets
from torhaus.vendor.keys import encrypted, thumbprint
from torhaus.vendor.models import KeyPurpose, KeyState, SigningKey, Vendor
from torhaus_sdk.jws import b64

ACTIVE_AT_MOST = 2


@deed("create_signing_key")
def create_signing_key(*, by: Actor, purpose: KeyPurpose = KeyPurpose.LICENCE) -> SigningKey:
    """Make a new signing key, which signs from now on. The one before stays active, older ones are retired."""
    key = add_signing_key(purpose=purpose)
    write_record(by=by, subject=("signing_key", key.kid), after={"kid": key.kid, "purpose": purpose.value})
    return key


@part
def add_signing_key(*, purpose: KeyPurpose = KeyPurpose.LICENCE, signs_from: datetime | None = None) -> SigningKey:
    """Make a new signing key, which signs from now on or from ``signs_from``; two of a purpose stay active at most."""
    lock_signing_keys(purpose=purpose)
    before = key_sets.signers(purpose=purpose)
    private = Ed25519PrivateKey.generate()
    public = b64(private.public_key().public_bytes_raw())
    kid = thumbprint(public)
    key = SigningKey.objects.create(
        kid=kid,
        purpose=purpose,
        signs_from=signs_from,
        public_key=public,
        private_key_encrypted=encrypted(private.private_bytes_raw(), kid=kid),
        created_at=clock.now(),
        set_dated=key_sets.next_date(purpose, clock.now()),
    )
    active = SigningKey.objects.filter(state=KeyState.ACTIVE, purpose=purpose).order_by("-pk")
    surplus = list(active.values_list("pk", flat=True)[ACTIVE_AT_MOST:])
    # A retired key still verifies but signs nothing any more: its private half goes.
    SigningKey.objects.filter(pk__in=surplus).update(state=KeyState.RETIRED, private_key_encrypted="")
    key.introductions = "\n".join(key_sets.signed_sets(before, purpose=purpose))
    key.save(update_fields=["introductions"])
    mark_vendor_changed()
    return key


@part
def mark_vendor_changed() -> None:
    """Let whatever was derived from the vendor, its catalogue, policies or keys be derived again once this deed ends.

    It locks the vendor's row until then, so a deed that locks contracts too does that first.
    """
    Vendor.objects.update(revision=F("revision") + 1)


@part
def lock_signing_keys(*, purpose: KeyPurpose) -> None:
    """Let no other deed change the keys of ``purpose`` until this one ends.

    All rows are locked, the oldest first: that one stays whatever happens to the others, so everybody waits there.
    """
    list(SigningKey.objects.select_for_update().filter(purpose=purpose).order_by("pk").values_list("pk"))
