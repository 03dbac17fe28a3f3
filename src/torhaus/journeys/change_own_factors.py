"""Deeds by which a person's second factors change. Each is told to the person by mail, in its own transaction."""

from typing import Any

from torhaus.accounts import second_factors as factors
from torhaus.accounts.models import User
from torhaus.journeys.account_mail import tell_person
from torhaus.records.deeds import Actor, deed, write_record


@deed("turn_on_totp")
def turn_on_totp(*, user: User, secret: str, code: str, customer_ref: str, by: Actor) -> list[str]:
    """Take an authenticator app that knows ``secret`` and shows ``code`` now; give recovery codes if they are new.

    Raises:
        AlreadyOn: there is one.
        WrongCode: the app shows another code.
    """
    codes = factors.add_totp(user=user, secret=secret, code=code)
    tell_person(user=user, change="app_on", by=by)
    _record(user, by, customer_ref, {"factor": "totp", "recovery_codes": len(codes)})
    return codes


@deed("turn_off_totp")
def turn_off_totp(*, user: User, needed: bool, customer_ref: str, by: Actor) -> None:
    """Forget the authenticator app. With the last factor the recovery codes go, too.

    Raises:
        UnknownFactor: there is none.
        LastFactor: it is the last factor of somebody who needs one.
    """
    factors.forget_totp(user=user, needed=needed)
    tell_person(user=user, change="app_off", by=by)
    _record(user, by, customer_ref, {"factor": "totp"})


@deed("remove_passkey")
def remove_passkey(*, user: User, ref: int, needed: bool, only_way: bool = False, customer_ref: str, by: Actor) -> None:
    """Forget a passkey. With the last factor the recovery codes go, too. ``only_way``: nothing else lets the person in.

    Raises:
        UnknownFactor: there is no such passkey.
        LastFactor: it is the last factor of somebody who needs one.
        LastPasskey: it is the last passkey of somebody who signs in by nothing else.
    """
    name = factors.forget_passkey(user=user, ref=ref, needed=needed, only_way=only_way)
    tell_person(user=user, change="passkey_removed", about=name, by=by)
    _record(user, by, customer_ref, {"factor": "passkey", "passkey": ref})


@deed("renew_recovery_codes")
def renew_recovery_codes(*, user: User, customer_ref: str, by: Actor) -> list[str]:
    """Give new recovery codes; the old ones work no more.

    Raises:
        NoFactor: there is nothing they would stand in for.
    """
    codes = factors.replace_codes(user=user)
    tell_person(user=user, change="codes_renewed", by=by)
    _record(user, by, customer_ref, {"recovery_codes": len(codes)})
    return codes


@deed("reset_second_factors")
def reset_second_factors(*, user: User, by: Actor) -> int:
    """Forget all factors of somebody who lost them, and end their sessions. Give how many factors there were.

    Raises:
        UnknownFactor: there is none.
    """
    count = factors.forget_factors(user=user)
    tell_person(user=user, change="factors_reset", by=by)
    _record(user, by, "", {"factors": count})
    return count


def _record(user: User, by: Actor, customer_ref: str, after: dict[str, Any]) -> None:
    write_record(by=by, customer_ref=customer_ref, subject=("user", user.ref), after=after)
