"""The deeds ``change_password`` and ``reset_staff_password``, both told to the person by mail."""

from torhaus.accounts.change_password import set_other_password
from torhaus.accounts.create_staff import set_staff_password
from torhaus.accounts.models import User
from torhaus.journeys.account_mail import tell_person
from torhaus.records.deeds import Actor, deed, write_record


@deed("change_password")
def change_password(*, user: User, password: str, keep: str, customer_ref: str, by: Actor) -> User:
    """Set another password after ``require_password``; every session but the one under ``keep`` ends (R17).

    Raises:
        WrongPassword: somebody changed it in between.
        UnfitPassword: the new one is refused.
    """
    row, ended = set_other_password(user=user, password=password, keep=keep)
    tell_person(user=row, change="password_changed", by=by)
    write_record(by=by, customer_ref=customer_ref, subject=("user", row.ref), after={"sessions": ended})
    return row


@deed("reset_staff_password")
def reset_staff_password(*, mail: str, password: str, by: Actor, told: bool = True) -> User:
    """Set a new password of somebody of the staff; sessions under the old one end with it. ``told``: by mail.

    Raises:
        UnknownStaff: the address has no account.
        UnfitPassword: the password is refused.
    """
    user = set_staff_password(mail=mail, password=password)
    if told:
        tell_person(user=user, change="password_by_others", by=by)
    write_record(by=by, subject=("staff", user.ref), personal={"staff_mail": user.mail})
    return user
