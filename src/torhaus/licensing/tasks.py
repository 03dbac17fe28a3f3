"""Background entry points of the licensing."""

from torhaus.licensing import reset_links, tidying
from torhaus.work.jobs import job


@job(max_attempts=3)
def forget_old_reset_links() -> None:
    """Delete links for lost tokens that ended long ago."""
    reset_links.forget_old_reset_links()


@job(max_attempts=1)
def collect_ended_leases() -> None:
    """Free the places of leases that ran out."""
    tidying.collect_all_ended_leases()


@job(max_attempts=3)
def tidy_places() -> None:
    """Set wrong counts of places right, and forget on which days long ago installations asked."""
    tidying.recount_places()
    tidying.forget_old_days()
