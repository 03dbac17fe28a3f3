"""Background entry points of journeys."""

from torhaus.journeys import sign_chain_head as head
from torhaus.work.jobs import job


@job(max_attempts=3)
def sign_chain_head() -> None:
    """Sign the end of the record chain."""
    head.sign_chain_head()
