"""The deed ``add_passkey``: a person gets one more key to the portal, if the customers that let in by passkeys alone permit it."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import Any

from torhaus.accounts.models import User
from torhaus.accounts.second_factors import keep_passkey, lock_factors
from torhaus.journeys.account_mail import tell_person
from torhaus.organisations.passkey_links import use_passkey_links
from torhaus.records.deeds import Actor, deed, write_record


@deed("add_passkey")
def add_passkey(
    *,
    user: User,
    name: str,
    credential: dict[str, Any],
    methods: AbstractSet[str],
    links: Collection[str],
    customer_ref: str,
    by: Actor,
) -> list[str]:
    """Take a passkey whose registration was verified; give recovery codes if they are new.

    ``methods`` is what the session was proved by, ``links`` are those for a passkey that were followed in it.

    Raises:
        PasskeyNotPermitted: a customer of theirs lets nobody in by ``methods``, and none of ``links`` is its.
        TooManyPasskeys: there are enough.
    """
    lock_factors(user)
    use_passkey_links(person=user, methods=methods, links=links)
    ref, codes = keep_passkey(user=user, name=name, credential=credential)
    tell_person(user=user, change="passkey_added", about=name, by=by)
    after = {"factor": "passkey", "passkey": ref, "recovery_codes": len(codes)}
    write_record(by=by, customer_ref=customer_ref, subject=("user", user.ref), after=after)
    return codes
