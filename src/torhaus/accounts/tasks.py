"""Background entry points of the accounts."""

from torhaus.accounts import actions
from torhaus.work.jobs import job


@job(max_attempts=3)
def forget_old_failures() -> None:
    """Delete counters of failed sign-ins that are over."""
    actions.forget_old_failures()
