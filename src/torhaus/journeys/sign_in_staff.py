"""Staff sign in with mail and password, and out again; both are recorded."""

from dataclasses import replace

from django.contrib.auth.hashers import check_password, make_password

from torhaus.accounts.models import User
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.records.models import ActorKind

# Checked when there is no such person, so that an unknown address costs as much as a wrong password (R7).
_NOBODYS_PASSWORD = "nobody has this password"  # noqa: S105 - it opens nothing


class SignInRefused(Exception):
    """Unknown address, wrong password, or not (any longer) staff: callers cannot tell which."""


@deed("sign_in_staff")
def sign_in_staff(*, mail: str, password: str, by: Actor) -> User:
    """Check who this is and record the sign-in; ``by`` brings the client's address.

    Raises:
        SignInRefused: this is not an active member of staff with this password.
    """
    user = User.objects.filter(mail=mail.strip().lower()).first()
    fits = check_password(password, user.password if user else make_password(_NOBODYS_PASSWORD))
    if user is None or not fits or not user.is_active or not user.staff_role:
        raise SignInRefused
    write_record(
        by=replace(by, kind=ActorKind.STAFF, ref=user.ref, name=user.mail),
        subject=("user", user.ref),
        after={"role": user.staff_role},
    )
    return user


@deed("sign_out_staff")
def sign_out_staff(*, user: User, by: Actor) -> None:
    """Record that a member of staff signed out."""
    write_record(by=by, subject=("user", user.ref))
