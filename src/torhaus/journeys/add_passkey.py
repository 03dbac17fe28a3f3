"""The deed ``add_passkey``: a person gets one more key to the portal, where every customer of theirs lets them."""

from typing import Any

from torhaus.accounts.models import User
from torhaus.accounts.second_factors import keep_passkey, lock_factors
from torhaus.journeys.account_mail import tell_person
from torhaus.records.deeds import Actor, deed, write_record


@deed("add_passkey")
def add_passkey(*, user: User, name: str, credential: dict[str, Any], customer_ref: str, by: Actor) -> list[str]:
    """Take a passkey whose registration was verified; give recovery codes if they are new.

    Raises:
        TooManyPasskeys: there are enough.
    """
    lock_factors(user)
    ref, codes = keep_passkey(user=user, name=name, credential=credential)
    tell_person(user=user, change="passkey_added", about=name, by=by)
    after = {"factor": "passkey", "passkey": ref, "recovery_codes": len(codes)}
    write_record(by=by, customer_ref=customer_ref, subject=("user", user.ref), after=after)
    return codes
