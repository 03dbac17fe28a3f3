"""Staff sign in with mail and password, and out again; both are recorded."""

from dataclasses import replace

from django.contrib.auth.hashers import check_password, make_password

from torhaus.accounts.models import User
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.records.models import ActorKind


class SignInRefused(Exception):
    """Unknown address, wrong password, or not (any longer) staff: callers cannot tell which."""


def find_staff(*, mail: str, password: str) -> User:
    """Give the active member of staff with this mail address and password.

    Outside the deed, because hashing takes long and the deed's transaction holds a lock.

    Raises:
        SignInRefused: there is none.
    """
    user = User.objects.filter(mail=mail.strip().lower()).first()
    if user is None:
        # Hashed all the same, so that an unknown address costs as much as a wrong password (R7).
        make_password(password)
        raise SignInRefused
    if not check_password(password, user.password) or not user.is_active or not user.staff_role:
        raise SignInRefused
    return user


@deed("sign_in_staff")
def sign_in_staff(*, user: User, factor: str, by: Actor) -> None:
    """Record that ``user`` signed in; by which second factor; ``by`` brings the client's address."""
    write_record(
        by=replace(by, kind=ActorKind.STAFF, ref=user.ref, name=user.mail),
        subject=("user", user.ref),
        after={"role": user.staff_role} | ({"factor": factor} if factor else {}),
    )


@deed("sign_out_staff")
def sign_out_staff(*, user: User, by: Actor) -> None:
    """Record that a member of staff signed out."""
    write_record(by=by, subject=("user", user.ref))
