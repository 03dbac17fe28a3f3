"""Background entry points of the records."""

from torhaus.records import idempotency
from torhaus.work.jobs import job


@job(max_attempts=3)
def forget_old_keys() -> None:
    """Delete idempotency keys that nobody has to find any more."""
    idempotency.forget_old_keys()
