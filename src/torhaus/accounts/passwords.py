"""What a new password has to be, the same for everybody (R1)."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from torhaus.accounts.models import User


class UnfitPassword(Exception):
    """The password is too short, too common or too close to the person; the message says which."""


def require_fit(password: str, user: User) -> None:
    """Refuse a password that is not fit for ``user`` (ASVS 6.2.1).

    Raises:
        UnfitPassword: it is not.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise UnfitPassword(" ".join(error.messages)) from error
