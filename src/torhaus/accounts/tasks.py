"""Background entry points of the accounts."""

from torhaus.accounts import actions, login_codes, mail_changes, open_sessions, reset_links
from torhaus.work.jobs import job


@job(max_attempts=3)
def forget_old_failures() -> None:
    """Delete counters of failed sign-ins that are over."""
    actions.forget_old_failures()


@job(max_attempts=3)
def forget_old_password_resets() -> None:
    """Delete links for new passwords that ended long ago."""
    reset_links.forget_old_password_resets()


@job(max_attempts=3)
def forget_old_login_codes() -> None:
    """Delete codes by mail that ended long ago."""
    login_codes.forget_old_login_codes()


@job(max_attempts=3)
def forget_old_mail_changes() -> None:
    """Delete wishes for another address that came to nothing."""
    mail_changes.forget_old_mail_changes()


@job(max_attempts=3)
def forget_old_sessions() -> None:
    """Forget sessions that are long over."""
    open_sessions.forget_old_sessions()
