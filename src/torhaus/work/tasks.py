"""Jobs that keep the house tidy."""

from importlib import import_module

from django.conf import settings

from torhaus.work import actions
from torhaus.work.jobs import job


@job(max_attempts=3)
def prune_finished_jobs() -> None:
    """Remove the rows of jobs that succeeded long ago."""
    actions.prune_finished_jobs()


@job(max_attempts=3)
def clear_expired_sessions() -> None:
    """Remove sessions that have ended."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
