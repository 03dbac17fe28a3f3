"""The background worker beside ``torhaus serve``."""

from torhaus.console.beside import end_with_parent
from torhaus.console.worker import worker

WORDS = ("embedded-worker",)
GRACE_SECONDS = 7


def embedded_worker() -> None:
    """Work until told to stop, or until the server that started this process is gone."""
    end_with_parent()
    worker(once=False, threads=1, grace=GRACE_SECONDS)
