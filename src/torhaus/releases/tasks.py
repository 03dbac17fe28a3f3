"""Background entry points of the releases."""

from torhaus.releases import announcements, release_mails, uploads
from torhaus.work.jobs import job


@job(max_attempts=3)
def tidy_releases() -> None:
    """Remove abandoned uploads, subscriptions nobody confirmed, and whom ended announcements have reached."""
    uploads.remove_abandoned_uploads()
    release_mails.forget_old_subscriptions()
    announcements.forget_told_mailboxes()
