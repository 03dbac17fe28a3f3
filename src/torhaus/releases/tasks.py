"""Background entry points of the releases."""

from torhaus.releases import announcements, release_mails, uploads
from torhaus.releases import publish_requested as work
from torhaus.work.jobs import job


@job(max_attempts=5, first_pause=20, longest_pause=600, on_dead=work.give_up)
def publish_requested(request_id: int) -> None:
    """Publish what staff asked for, or refuse it."""
    work.publish_requested(request_id)


@job(max_attempts=3)
def tidy_releases() -> None:
    """Remove abandoned uploads, subscriptions nobody confirmed, and whom ended announcements have reached."""
    uploads.remove_abandoned_uploads()
    release_mails.forget_old_subscriptions()
    announcements.forget_told_mailboxes()
