"""Background entry points of the usage."""

from torhaus.usage import report
from torhaus.work.jobs import job


@job(max_attempts=3)
def purge_old_reports() -> None:
    """Remove reports that nothing can need any more."""
    report.purge_old_reports()
