"""The deed ``rotate_signing_key``: a new key signs, at once or after it was published for some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.vendor.actions import add_signing_key, lock_signing_keys
from torhaus.vendor.keys import active_keys, signing_now
from torhaus.vendor.models import KeyPurpose, SigningKey


class RotationPending(Exception):
    """A key is published already and waits for its day; another would push out the one that signs."""

    def __init__(self, kid: str, signs_from: datetime) -> None:
        super().__init__(f"the key {kid} is published already and signs from {signs_from:%Y-%m-%d %H:%M} UTC")
        self.kid = kid
        self.signs_from = signs_from


@dataclass(frozen=True)
class Rotation:
    """The new key, the one that signed before (empty for none), and those that sign nothing any more."""

    key: SigningKey
    signed_before: str
    retired: tuple[str, ...]


@deed("rotate_signing_key")
def rotate_signing_key(*, purpose: KeyPurpose, publish_days: int, by: Actor) -> Rotation:
    """Make a new key, published now, that signs in ``publish_days`` days, or with 0 from now on.

    The key before stays active beside it; older ones are retired: they still verify.

    Raises:
        RotationPending: the last new key has not begun yet.
    """
    lock_signing_keys(purpose=purpose)
    now, active = clock.now(), active_keys(purpose)
    for row in active:
        if row.signs_from is not None and row.signs_from > now:
            raise RotationPending(row.kid, row.signs_from)
    before = signing_now(purpose)
    key = add_signing_key(purpose=purpose, signs_from=now + timedelta(days=publish_days) if publish_days else None)
    still = {row.kid for row in active_keys(purpose)}
    done = Rotation(key, before.kid if before else "", tuple(row.kid for row in active if row.kid not in still))
    write_record(
        by=by,
        subject=("signing_key", key.kid),
        before={"kid": done.signed_before},
        after={
            "kid": key.kid,
            "purpose": purpose.value,
            "signs_from": (key.signs_from or now).isoformat(timespec="seconds"),
            "retired": list(done.retired),
        },
    )
    return done
