"""What a person sets for themselves: another password, and by the deed ``change_language`` another language."""

from django.conf import settings
from django.contrib.auth.hashers import check_password

from torhaus.accounts.models import User
from torhaus.accounts.open_sessions import end_sessions_of
from torhaus.accounts.passwords import require_fit
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record


class WrongPassword(Exception):
    """It is not the person's password, or was changed a moment ago."""


class UnknownLanguage(Exception):
    """The portal does not speak this language."""


def require_password(*, user: User, password: str) -> None:
    """Refuse whoever does not know the password of ``user``. Outside deeds, because hashing takes long.

    Raises:
        WrongPassword: it is another.
    """
    if not check_password(password, user.password):
        raise WrongPassword


@part
def set_other_password(*, user: User, password: str, keep: str) -> tuple[User, int]:
    """Set another password after :func:`require_password`; every session but the one under ``keep`` ends (R17).

    Give the person anew, and how many sessions ended.

    Raises:
        WrongPassword: somebody changed it in between.
        UnfitPassword: the new one is refused.
    """
    row = User.objects.select_for_update().get(pk=user.pk)
    if row.password != user.password:
        raise WrongPassword
    require_fit(password, row)
    row.set_password(password)
    row.save(update_fields=["password"])
    return row, end_sessions_of(user=row, keep=keep)


@deed("change_language")
def change_language(*, user: User, language: str, customer_ref: str, by: Actor) -> None:
    """Write to the person in another language from now on.

    Raises:
        UnknownLanguage: the portal does not speak it.
    """
    if language not in dict(settings.LANGUAGES):
        raise UnknownLanguage(language)
    row = User.objects.select_for_update().get(pk=user.pk)
    if row.language == language:
        nothing_done()
        return
    before, row.language = row.language, language
    row.save(update_fields=["language"])
    write_record(
        by=by,
        customer_ref=customer_ref,
        subject=("user", row.ref),
        before={"language": before},
        after={"language": language},
    )
