"""Jobs that keep the house tidy."""

from importlib import import_module

from django.conf import settings

from torhaus.core.storage import file_store
from torhaus.work import actions
from torhaus.work.jobs import job

# Longer than any upload of one file takes.
LEFTOVER_SECONDS = 2 * 24 * 3600


@job(max_attempts=3)
def prune_finished_jobs() -> None:
    """Remove the rows of jobs that succeeded long ago."""
    actions.prune_finished_jobs()


@job(max_attempts=3)
def clear_expired_sessions() -> None:
    """Remove sessions that have ended."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@job(max_attempts=3)
def clear_file_leftovers() -> None:
    """Remove what killed processes left in the store before it had a key."""
    file_store().clear_leftovers(older_than=LEFTOVER_SECONDS)
