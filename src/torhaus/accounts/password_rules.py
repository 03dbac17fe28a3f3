"""What a new password may not be, each with a sentence that says why and what to do. Django's settings name the classes.

Nothing is asked about letters, digits or signs (NIST SP 800-63B-4, 3.1.1.2); what counts is length, and that nobody
guesses it: not by a list, not by a pattern, not by knowing the person, not by data stolen elsewhere.
"""

import logging
import re
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.contrib.auth import password_validation as django_rules
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

from torhaus.accounts.models import User
from torhaus.core.breached import UnfitFile, times_breached

# With less than this, says zxcvbn, a stolen hash gives the password away in hours (its score 2 and lower).
FEWEST_GUESSES = 10**8
# A pattern that goes on for longer is found in its beginning, and what is looked at costs time.
_LOOKED_AT = 48
_log = logging.getLogger(__name__)
_one_at_a_time = Lock()  # zxcvbn keeps the words that concern a person in a variable of its module


class LongEnough(django_rules.MinimumLengthValidator):
    """Fifteen characters: a password may be all that somebody signs in with (NIST SP 800-63B-4, 3.1.1.2)."""

    def get_error_message(self) -> str:
        """Say why, and what to do."""
        said = _("This password has fewer than %(n)s characters. Take a few words that do not belong together.")
        return said % {"n": self.min_length}


class NotAboutThePerson(django_rules.UserAttributeSimilarityValidator):
    """Neither name nor mail address."""

    def get_error_message(self) -> str:
        """Say why, and what to do."""
        return _("This password is close to your name or email address. Choose one that has nothing to do with you.")


class NotCommon(django_rules.CommonPasswordValidator):
    """None of twenty thousand common passwords, and none that is made of such, of a pattern or of expected words."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse a password that is guessed early.

        Raises:
            ValidationError: it is.
        """
        super().validate(password, user)
        with _one_at_a_time:
            found = zxcvbn(password[:_LOOKED_AT], user_inputs=_expected(user))
        if found["guesses"] < FEWEST_GUESSES:
            raise ValidationError(self.get_error_message(), code="password_too_common")

    def get_error_message(self) -> str:
        """Say why, and what to do."""
        return _(
            "This password is among those that attackers try first: it is common, or a pattern of common ones. "
            "Take a few words that do not belong together."
        )


class NotBreached:
    """Not in the list of passwords from stolen data, if the installation has one (``breached_passwords``)."""

    def validate(self, password: str, _user: User | None = None) -> None:
        """Refuse a password that is in the list; and any while the list cannot be read, or it would check nothing.

        Raises:
            ValidationError: it is, or it cannot be.
        """
        if not settings.OPTIONS.breached_passwords:
            return
        try:
            times = times_breached(Path(settings.OPTIONS.breached_passwords), password)
        except (OSError, UnfitFile) as error:
            _log.error("passwords cannot be checked", extra={"event": {"reason": type(error).__name__}})
            said = _("New passwords cannot be checked just now, so none is taken. Try again later, or tell us.")
            raise ValidationError(said, code="password_not_checked") from error
        if times:
            said = _(
                "This password was found in data stolen elsewhere, so attackers try it. "
                "Choose another here, and change it wherever else you use it."
            )
            raise ValidationError(said, code="password_breached")

    def get_help_text(self) -> str:
        """Say what is asked."""
        return _("Your password must not have been found in data stolen elsewhere.")


def _expected(user: User | None) -> list[str]:
    """Give words that whoever guesses would try for this person and this portal."""
    host = re.split(r"[/:.]+", settings.OPTIONS.public_url)
    person = re.split(r"\W+", f"{user.mail} {user.name}") if user is not None else []
    return [word for word in (*host, *person, "Torhaus") if len(word) > 2]
