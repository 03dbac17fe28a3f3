"""Reads of the counters that throttle guessing, and of who there is."""

from collections.abc import Sequence
from datetime import timedelta

from torhaus.accounts.models import Throttle, User
from torhaus.core import clock

WINDOW = timedelta(minutes=10)
# A window this far in the future was begun by a clock that was wrong; it would keep people out until then.
AHEAD = timedelta(minutes=2)


def must_wait(*, source: str, limit: int) -> int:
    """Give for how many seconds ``source`` must wait before it may try again; 0 for not at all."""
    row = Throttle.objects.filter(source=source, failures__gte=limit).first()
    if row is None or row.window_started_at > clock.now() + AHEAD:
        return 0
    return max(0, -int(-(row.window_started_at + WINDOW - clock.now()).total_seconds() // 1))


def person_of_customers_with_mail(mail: str) -> User | None:
    """Find somebody of customers by their whole mail address."""
    return User.objects.filter(mail=mail.strip().lower(), staff_role="").first()


def has_staff() -> bool:
    """Whether anybody of the staff has an account that can sign in."""
    return User.objects.filter(is_active=True).exclude(staff_role="").exists()


def active_person(*, pk: int = 0, ref: str = "") -> User | None:
    """Give somebody who may come in, by primary key or reference."""
    rows = User.objects.filter(is_active=True)
    return (rows.filter(ref=ref) if ref else rows.filter(pk=pk)).first()


def people_with_mails(mails: Sequence[str]) -> list[User]:
    """Give whoever has one of these mail addresses, which are in small letters; some hundreds at a time."""
    return list(User.objects.filter(mail__in=mails))


def mail_of(ref: str) -> str:
    """Give the mail address of somebody by reference; "" for nobody."""
    return User.objects.filter(ref=ref).values_list("mail", flat=True).first() or ""


def person_with_mail(mail: str) -> User | None:
    """Give whoever has this mail address, in any case."""
    return User.objects.filter(mail=mail.strip().lower()).first()
