"""Background entry points of the licensing."""

from torhaus.licensing import reset_links
from torhaus.work.jobs import job


@job(max_attempts=3)
def forget_old_reset_links() -> None:
    """Delete links for lost tokens that ended long ago."""
    reset_links.forget_old_reset_links()
