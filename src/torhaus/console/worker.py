"""`torhaus worker`: mails, seals and everything else that happens behind the pages."""

import signal
from types import FrameType
from typing import Annotated

import typer
from django.conf import settings
from django.utils.module_loading import import_string

from torhaus.work.runner import GRACE_SECONDS, Worker


def worker(
    once: Annotated[bool, typer.Option(help="Do what is due now, then end; for cron or a look.")] = False,
    threads: Annotated[int, typer.Option("--threads", "-n", min=1, max=32, help="Jobs at the same time.")] = 1,
    grace: Annotated[
        float, typer.Option(min=0, max=25, help="Seconds running jobs may take to end when told to stop.")
    ] = GRACE_SECONDS,
) -> None:
    """Work until told to stop (SIGTERM or Ctrl-C). Any number of workers may run; what one was killed over, another does."""
    made = Worker(
        schedule=import_string(f"{settings.SCHEDULE}.SCHEDULE"),
        repeated=import_string(f"{settings.SCHEDULE}.REPEATED"),
        threads=threads,
        grace_seconds=grace,
    )

    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal's signature
        made.stop.set()
        # Whoever asks a second time does not want to wait.
        signal.signal(signum, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if once:
        typer.echo(f"Jobs run: {made.run_once()}.")
    else:
        made.run()
