"""The deed ``create_staff``, and another password: accounts of the vendor's own people."""

from django.core.validators import validate_email

from torhaus.accounts.models import StaffRole, User
from torhaus.accounts.open_sessions import end_sessions_of
from torhaus.accounts.passwords import require_fit
from torhaus.records.deeds import Actor, deed, part, write_record


class StaffExists(Exception):
    """Somebody of the staff has this mail address already."""


class UnknownStaff(Exception):
    """Nobody of the staff has this mail address."""


@deed("create_staff")
def create_staff(*, mail: str, name: str, role: StaffRole, password: str, by: Actor) -> User:
    """Create an account with ``password`` for somebody of the staff.

    Raises:
        StaffExists: the address has an account.
        ValidationError: no mail address.
        UnfitPassword: the password is refused (ASVS 6.2.1).
    """
    validate_email(mail)
    if User.objects.filter(mail=mail.strip().lower()).exists():
        raise StaffExists(mail)
    require_fit(password, User(mail=mail, name=name))
    user = User.objects.create_user(mail, password, name=name, staff_role=role)
    write_record(
        by=by, subject=("staff", user.ref), after={"role": role}, personal={"staff_mail": user.mail, "staff_name": name}
    )
    return user


@part
def set_staff_password(*, mail: str, password: str) -> User:
    """Set a new password of somebody of the staff; sessions under the old one end with it.

    Raises:
        UnknownStaff: the address has no account.
        UnfitPassword: the password is refused.
    """
    staff = User.objects.select_for_update().exclude(staff_role="")  # customers' people set theirs by a link
    user = staff.filter(mail=mail.strip().lower()).first()
    if user is None:
        raise UnknownStaff(mail)
    require_fit(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions_of(user=user)
    return user
