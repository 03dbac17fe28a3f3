"""Background entry points of the usage."""

from torhaus.usage import report, report_recipients
from torhaus.work.jobs import job


@job(max_attempts=3)
def purge_old_reports() -> None:
    """Remove reports that nothing can need any more."""
    report.purge_old_reports()


@job(max_attempts=3)
def forget_unconfirmed_recipients() -> None:
    """Remove addresses for usage reports that nobody confirmed in time."""
    report_recipients.forget_unconfirmed_recipients()
